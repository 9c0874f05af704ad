import { describe, expect, test } from 'vitest'
import { looksLikeTable, parseTable } from '../../../src/parse/kube/table.ts'
import { sample } from '../../fixtures.ts'
import { endpointsIn, messagesOf } from './api.ts'

const parse = (...lines: string[]) => parseTable(lines.join('\n'), 'paste.txt')

describe('services of the samples', () => {
  test('k3s, with selectors', () => {
    const { services, problems, kinds } = parseTable(sample('k3s-flannel/services.txt'), 'services.txt')
    expect(problems).toEqual([])
    expect(kinds.size).toBe(0)
    expect(services.map(({ name, selector }) => [name, selector])).toEqual([
      ['kubernetes', null],
      ['nginx-service', { app: 'nginx' }],
      ['nginx-np-service', { app: 'nginx-np' }],
    ])
    expect(services[2]).toEqual({
      namespace: 'default',
      name: 'nginx-np-service',
      type: 'NodePort',
      clusterIPs: ['10.43.143.108'],
      headless: false,
      ports: [{ name: '', port: 80, protocol: 'TCP', targetPort: null, nodePort: 30000 }],
      externalIPs: [],
      loadBalancerIPs: [],
      loadBalancerHostnames: [],
      loadBalancerSourceRanges: [],
      externalTrafficPolicy: null,
      internalTrafficPolicy: null,
      affinitySeconds: null,
      selector: { app: 'nginx-np' },
      externalName: null,
      origin: 'services.txt',
    })
  })

  test('kube-dns, with its namespace', () => {
    const { services } = parseTable(sample('k3s-flannel/kube-dns-service.txt'), 'kube-dns-service.txt')
    expect(services).toMatchObject([{ namespace: 'kube-system', name: 'kube-dns', clusterIPs: ['10.43.0.10'] }])
    expect(services[0]?.selector).toBeUndefined()
    expect(services[0]?.ports.map(({ port, protocol }) => `${port}/${protocol}`)).toEqual([
      '53/UDP',
      '53/TCP',
      '9153/TCP',
    ])
  })

  test('Kubernetes 1.2, without types', () => {
    const { services } = parseTable(sample('gke-1.2-kubenet/services.txt'), 'services.txt')
    expect(
      services.map(({ name, type, clusterIPs, loadBalancerIPs }) => [name, type, clusterIPs, loadBalancerIPs]),
    ).toEqual([
      ['apache', null, ['10.83.252.143'], ['130.211.80.214']],
      ['kubernetes', null, ['10.83.240.1'], []],
      ['nginx', null, ['10.83.252.224'], ['146.148.10.228']],
    ])
  })
})

describe('pods of the samples', () => {
  const pods = (folder: string) => parseTable(sample(`${folder}/pods.txt`), 'pods.txt')

  test('are all read', () => {
    const counts = ['k3s-flannel', 'kops-aws-vpc', 'kubeadm-calico-aws', 'minikube-multinode'].map((folder) =>
      pods(folder),
    )
    expect(counts.map((parts) => parts.pods.length)).toEqual([4, 5, 10, 3])
    expect(counts.flatMap(messagesOf)).toEqual([])
  })

  test('with address and node', () => {
    expect(pods('kubeadm-calico-aws').pods[3]).toEqual({
      namespace: 'default',
      name: 'kuard-dbdd7955d-hsl87',
      ips: ['192.168.49.10'],
      node: 'ip-10-0-8-176.ap-northeast-2.compute.internal',
      hostNetwork: false,
      phase: 'Running',
      ready: true,
      terminating: false,
      labels: {},
      containerPorts: [],
      untold: ['hostNetwork', 'containerPorts', 'labels'],
    })
    expect(
      pods('k3s-flannel')
        .pods.map(({ name, ips, node }) => [name, ips, node])
        .at(-1),
    ).toEqual(['test-pod', ['10.42.1.4'], 'vm2'])
  })
})

describe('services', () => {
  test('of every type', () => {
    const { services, problems } = parse(
      'NAMESPACE   NAME       TYPE           CLUSTER-IP     EXTERNAL-IP                 PORT(S)                      AGE    SELECTOR',
      'shop        headless   ClusterIP      None           <none>                      80/TCP                       2d3h   app=web,tier=x',
      'shop        extip      ClusterIP      10.96.195.157  198.51.100.7,198.51.100.8   8088/TCP                     2d3h   app=web',
      'shop        lb         LoadBalancer   10.96.51.48    203.0.113.10                80:30649/TCP,443:30650/TCP   2d3h   app=web',
      'shop        waiting    LoadBalancer   10.96.51.49    <pending>                   80:30651/TCP                 2d3h   <none>',
      'shop        elb        LoadBalancer   10.96.51.50    a1.elb.amazonaws.com        80:30652/SCTP                2d3h   <none>',
      'shop        ext        ExternalName   <none>         api.example.com             <none>                       2d3h   <none>',
      'shop        six        ClusterIP      fd00:10::0a    <none>                      53/UDP                       2d3h   <none>',
    )
    expect(problems).toEqual([])
    const [headless, extip, lb, waiting, elb, ext, six] = services
    expect(headless).toMatchObject({ headless: true, clusterIPs: [], selector: { app: 'web', tier: 'x' } })
    expect(extip).toMatchObject({ externalIPs: ['198.51.100.7', '198.51.100.8'], loadBalancerIPs: [] })
    expect(lb).toMatchObject({ loadBalancerIPs: ['203.0.113.10'], externalIPs: [] })
    expect(lb?.ports.map(({ port, nodePort }) => [port, nodePort])).toEqual([
      [80, 30649],
      [443, 30650],
    ])
    expect(waiting).toMatchObject({ type: 'LoadBalancer', loadBalancerIPs: [], loadBalancerHostnames: [] })
    expect(elb).toMatchObject({ loadBalancerHostnames: ['a1.elb.amazonaws.com'], ports: [{ protocol: 'SCTP' }] })
    expect(ext).toMatchObject({ externalName: 'api.example.com', clusterIPs: [], ports: [], headless: false })
    expect(six).toMatchObject({ clusterIPs: ['fd00:10::a'], ports: [{ port: 53, protocol: 'UDP' }] })
  })

  test('of a release before types: node ports and load balancers that are not there yet', () => {
    const { services } = parse(
      'NAME      CLUSTER_IP    EXTERNAL_IP   PORT(S)   SELECTOR   AGE',
      'np        10.0.0.1      nodes         80/TCP    app=a      1d',
      'lb        10.0.0.2      <pending>     80/TCP    app=a      1d',
    )
    expect(services).toMatchObject([
      { name: 'np', type: 'NodePort', loadBalancerIPs: [], loadBalancerHostnames: [] },
      { name: 'lb', type: 'LoadBalancer', selector: { app: 'a' } },
    ])
  })

  test('blank cells are found below their columns', () => {
    const { services, problems } = parse(
      'NAME         CLUSTER-IP   EXTERNAL-IP       PORT(S)   AGE',
      'ext                       api.example.com   <none>    1d',
    )
    expect(problems).toEqual([])
    expect(services).toMatchObject([
      { name: 'ext', clusterIPs: [], loadBalancerHostnames: ['api.example.com'], ports: [] },
    ])
  })

  test('an address outside that kubectl cut off', () => {
    const parts = parse(
      'NAME    TYPE           CLUSTER-IP      EXTERNAL-IP        PORT(S)        AGE',
      'kuard   LoadBalancer   10.97.169.67    a1a7df4fb1b24...   80:31986/TCP   5m',
    )
    expect(parts.services).toMatchObject([{ loadBalancerHostnames: [], ports: [{ nodePort: 31986 }] }])
    expect(parts.problems).toEqual([
      { file: 'paste.txt', line: 2, message: 'the addresses of kuard outside are cut off' },
    ])
  })

  test('a port that cannot be read', () => {
    const parts = parse(
      'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE',
      'a ClusterIP 10.0.0.1 <none> 80/TCP,99999/TCP,x 1d',
    )
    expect(parts.services).toMatchObject([{ clusterIPs: ['10.0.0.1'], ports: [{ port: 80 }] }])
    expect(messagesOf(parts)).toEqual(['not a port of a Service: "99999/TCP"', 'not a port of a Service: "x"'])
  })
})

describe('pods', () => {
  test('restarts with a time, reasons instead of a phase', () => {
    const { pods, problems } = parse(
      'NAME    READY   STATUS              RESTARTS     AGE   IP            NODE     NOMINATED NODE   READINESS GATES   LABELS',
      'a       1/1     Running             1 (3d ago)   5d    10.244.1.2    n1       <none>           <none>            app=web,x=y',
      'b       0/2     CrashLoopBackOff    7 (9s ago)   5d    10.244.1.3    n1       <none>           0/1               <none>',
      'c       0/1     ContainerCreating   0            5s    <none>        n2       <none>           <none>            <none>',
      'd       1/1     Terminating         0            5d    fd00::0:4     n2       n3               <none>            <none>',
      'e       0/1     Completed           0            5d    10.244.1.5    n2       <none>           <none>            <none>',
      'f       0/1     Pending             0            5d    <none>        <none>   <none>           <none>            <none>',
    )
    expect(problems).toEqual([])
    expect(
      pods.map(({ name, phase, ready, terminating, ips, node }) => [name, phase, ready, terminating, ips, node]),
    ).toEqual([
      ['a', 'Running', true, false, ['10.244.1.2'], 'n1'],
      ['b', null, false, false, ['10.244.1.3'], 'n1'],
      ['c', 'Pending', false, false, [], 'n2'],
      ['d', null, true, true, ['fd00::4'], 'n2'],
      ['e', 'Succeeded', false, false, ['10.244.1.5'], 'n2'],
      ['f', 'Pending', false, false, [], null],
    ])
    expect(pods[0]?.labels).toEqual({ app: 'web', x: 'y' })
  })
})

describe('nodes', () => {
  test('with addresses', () => {
    const { nodes, problems } = parse(
      'NAME   STATUS                     ROLES           AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE             KERNEL-VERSION      CONTAINER-RUNTIME',
      'n1     Ready                      control-plane   5d    v1.29.1   172.30.0.11   203.0.113.9   Ubuntu 22.04.3 LTS   5.15.0-91-generic   containerd://1.7.2',
      'n2     NotReady                   <none>          5d    v1.29.1   172.30.0.12   <none>        Ubuntu 22.04.3 LTS   5.15.0-91-generic   containerd://1.7.2',
      'n3     Ready,SchedulingDisabled   <none>          5d    v1.29.1   172.30.0.13   <none>        Ubuntu 22.04.3 LTS   5.15.0-91-generic   containerd://1.7.2',
      'n4     Unknown                    <none>          5d    v1.29.1   <none>        <none>        Ubuntu 22.04.3 LTS   5.15.0-91-generic   containerd://1.7.2',
    )
    expect(problems).toEqual([])
    expect(nodes.map(({ name, ready }) => [name, ready])).toEqual([
      ['n1', true],
      ['n2', false],
      ['n3', true],
      ['n4', null],
    ])
    expect(nodes[0]).toEqual({
      name: 'n1',
      addresses: [
        { type: 'InternalIP', address: '172.30.0.11' },
        { type: 'ExternalIP', address: '203.0.113.9' },
      ],
      podCIDRs: [],
      ready: true,
      operatingSystem: null,
    })
  })
})

describe('endpoints', () => {
  test('are read, of both families, and with their ports', () => {
    const parts = parse(
      'NAME         ENDPOINTS                               AGE',
      'web          10.244.1.4:8080,10.244.2.2:8080         1d',
      'six          [fd00:10:244:1::4]:8080                 1d',
      'portless     10.244.1.4,fd00::1                      1d',
      'empty        <none>                                  1d',
    )
    expect(parts.problems).toEqual([])
    const addresses = (name: string) =>
      endpointsIn(parts, 'endpointsObjects', `default/${name}`)?.map(({ address, port }) => [address, port])
    expect(addresses('web')).toEqual([
      ['10.244.1.4', 8080],
      ['10.244.2.2', 8080],
    ])
    expect(addresses('six')).toEqual([['fd00:10:244:1::4', 8080]])
    expect(addresses('portless')).toEqual([
      ['10.244.1.4', null],
      ['fd00::1', null],
    ])
    expect(addresses('empty')).toEqual([])
    expect(addresses('other')).toBeUndefined()
  })

  test('that kubectl left out are told of', () => {
    const parts = parse(
      'NAME   ENDPOINTS                                                     AGE',
      'web    10.244.1.4:8080,10.244.2.2:8080,10.244.2.4:8080 + 2 more...   1d',
      'odd    10.244.1.4:99999,ab:80,10.244.1.5:80                          1d',
    )
    expect(endpointsIn(parts, 'endpointsObjects', 'default/web')).toHaveLength(3)
    expect(parts.endpointsObjects.get('default/web')?.[0]?.cut).toBe(true)
    expect(endpointsIn(parts, 'endpointsObjects', 'default/odd')?.map(({ address }) => address)).toEqual(['10.244.1.5'])
    expect(parts.problems).toEqual([
      { file: 'paste.txt', line: 2, message: 'kubectl left out 2 of the endpoints or ports of web' },
      { file: 'paste.txt', line: 3, message: '2 of the endpoints of odd cannot be read' },
    ])
  })

  test('slices: the Service is told by the name of the slice alone', () => {
    const parts = parse(
      'NAME             ADDRESSTYPE   PORTS          ENDPOINTS                                      AGE',
      'kubernetes       IPv4          6443           172.30.0.2                                     1d',
      'web-pkz85        IPv4          8080           10.244.1.4,10.244.2.2,10.244.2.4 + 2 more...   1d',
      'kube-dns-qnwkd   IPv4          53,53 + 1 more...   10.244.3.2                                1d',
      'empty-hldbl      IPv4          <unset>        <unset>                                        1d',
    )
    expect([...parts.slices.keys()]).toEqual(['default/kubernetes', 'default/web', 'default/kube-dns', 'default/empty'])
    expect(endpointsIn(parts, 'slices', 'default/kubernetes')).toMatchObject([{ address: '172.30.0.2', port: 6443 }])
    expect(endpointsIn(parts, 'slices', 'default/web')?.map(({ address }) => address)).toEqual([
      '10.244.1.4',
      '10.244.2.2',
      '10.244.2.4',
    ])
    expect(endpointsIn(parts, 'slices', 'default/empty')).toEqual([])
    expect(parts.slices.get('default/web')?.[0]?.cut).toBe(true)
    expect(parts.slices.get('default/kube-dns')?.[0]?.cut).toBe(true)
    expect(messagesOf(parts)[0]).toBe('this table tells neither the Service nor whether an endpoint is ready')
  })
})

describe('texts', () => {
  const header = 'NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE'
  const row = 'web    ClusterIP   10.0.0.1     <none>        80/TCP    1d'

  test('the command above a table gives the namespace', () => {
    const parts = parse(
      '$ kubectl get svc -n shop',
      header,
      row,
      '$ kubectl --namespace=ops get svc -o wide',
      header,
      row,
      'vm$ k get svc',
      header,
      row,
    )
    expect(parts.services.map(({ namespace }) => namespace)).toEqual(['shop', 'ops', 'default'])
    expect(parts.problems).toEqual([])
  })

  test('several tables, with kinds before the names', () => {
    const parts = parse(
      'NAME          TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE',
      'service/web   ClusterIP   10.0.0.1     <none>        80/TCP    1d',
      '',
      'NAME            ENDPOINTS         AGE',
      'endpoints/web   10.244.1.4:8080   1d',
      '',
      'NAME                  READY   UP-TO-DATE   AVAILABLE   AGE',
      'deployment.apps/web   1/1     1            1           1d',
    )
    expect(parts.services.map(({ name }) => name)).toEqual(['web'])
    expect(endpointsIn(parts, 'endpointsObjects', 'default/web')).toHaveLength(1)
    expect(parts.problems).toEqual([{ file: 'paste.txt', line: 7, message: 'a table of other objects is not used' }])
  })

  test('CRLF, indentation, tabs, and lost alignment', () => {
    const texts = [
      `${header}\r\n${row}\r\n`,
      `    ${header}\n    ${row}`,
      `${header}\n${row}`.replaceAll(/ {2,}/g, '\t'),
      `${header}\n${row}`.replaceAll(/ +/g, ' '),
    ]
    for (const text of texts) {
      expect(parseTable(text, 'x').services).toEqual(parseTable(`${header}\n${row}`, 'x').services)
      expect(parseTable(text, 'x').problems).toEqual([])
    }
  })

  test('lines that are no rows', () => {
    const parts = parse('hello', header, 'web    ClusterIP', 'a/b/C   ClusterIP   10.0.0.1   <none>   80/TCP   1d', row)
    expect(parts.services).toHaveLength(1)
    expect(parts.problems).toEqual([
      { file: 'paste.txt', line: 1, message: 'not part of a table: "hello"' },
      { file: 'paste.txt', line: 3, message: 'not a row of the table: "web    ClusterIP"' },
      { file: 'paste.txt', line: 4, message: 'not a row of the table: "b/C" is no name' },
    ])
  })

  test('what looks like a table', () => {
    for (const file of [
      'k3s-flannel/services.txt',
      'k3s-flannel/kube-dns-service.txt',
      'kubeadm-calico-aws/pods.txt',
    ]) {
      expect(looksLikeTable(sample(file))).toBe(true)
    }
    expect(looksLikeTable(`$ kubectl get svc\n${sample('gke-1.2-kubenet/services.txt')}`)).toBe(true)
    for (const file of [
      'minikube-multinode/describe-service.txt',
      'k3s-flannel/Corefile',
      'k3s-flannel/brctl-show.txt',
    ]) {
      expect(looksLikeTable(sample(file))).toBe(false)
    }
    expect(looksLikeTable('NAME   READY   UP-TO-DATE   AVAILABLE   AGE\n')).toBe(false)
  })
})
