import { describe, expect, test } from 'vitest'
import { looksLikeDescribe, parseDescribe } from '../../../src/parse/kube/describe.ts'
import { sample } from '../../fixtures.ts'
import { endpointsIn, messagesOf } from './api.ts'

const minikube = sample('minikube-multinode/describe-service.txt')

/** As kubectl 1.36 prints it (kubectl's `describeService`). */
const loadBalancer = `Name:                     web-lb
Namespace:                shop
Labels:                   app=web
                          tier=front
Annotations:              note: Name: not a key
Selector:                 app=web,tier=front
Type:                     LoadBalancer
IP Family Policy:         PreferDualStack
IP Families:              IPv4,IPv6
IP:                       10.96.51.48
IPs:                      10.96.51.48,fd00:10:96::30
External IPs:             198.51.100.7,198.51.100.8
Desired LoadBalancer IP:  203.0.113.99
LoadBalancer Ingress:     203.0.113.10 (VIP), lb.example.com, 203.0.113.11 (Proxy)
Port:                     http  80/TCP
TargetPort:               web/TCP
NodePort:                 http  30649/TCP
Endpoints:                10.244.1.4:8080,[fd00:10:244:1::4]:8080,10.244.2.2:8080 + 7 more...
Port:                     echo  5353/UDP
TargetPort:               5353/UDP
AppProtocol:              dns
NodePort:                 echo  30650/UDP
Endpoints:                <none>
Session Affinity:         ClientIP
External Traffic Policy:  Local
Internal Traffic Policy:  Cluster
HealthCheck NodePort:     32154
LoadBalancer Source Ranges:  192.0.2.0/24,172.30.0.0/24
Events:
  Type    Reason                Age   From                Message
  ----    ------                ----  ----                -------
  Normal  EnsuringLoadBalancer  2m    service-controller  Ensuring load balancer
`

const externalName = `Name:              ext
Namespace:         shop
Labels:            <none>
Annotations:       <none>
Selector:          <none>
Type:              ExternalName
IP Families:       <none>
IP:                
IPs:               <none>
External Name:     api.example.com
Session Affinity:  None
Events:            <none>
`

const pod = `Name:             web-66877cb9fb-2pkt5
Namespace:        shop
Status:           Running
IP:               10.244.1.4
IPs:
  IP:           10.244.1.4
`

describe('descriptions', () => {
  test('minikube’s', () => {
    const parts = parseDescribe(minikube, 'describe.txt')
    expect(parts.problems).toEqual([])
    expect(parts.services).toEqual([
      {
        namespace: 'default',
        name: 'httpenv',
        type: 'ClusterIP',
        clusterIPs: ['10.103.145.7'],
        headless: false,
        ports: [{ name: '', port: 8888, protocol: 'TCP', targetPort: '8888', nodePort: null }],
        externalIPs: [],
        loadBalancerIPs: [],
        loadBalancerHostnames: [],
        loadBalancerSourceRanges: [],
        externalTrafficPolicy: null,
        internalTrafficPolicy: null,
        affinitySeconds: null,
        selector: { app: 'httpenv' },
        externalName: null,
        origin: 'describe.txt',
      },
    ])
    const endpoints = endpointsIn(parts, 'endpointsObjects', 'default/httpenv')
    expect(endpoints?.map(({ address }) => address)).toEqual(['10.244.0.3', '10.244.1.2', '10.244.2.2'])
    expect(endpoints?.[0]).toMatchObject({
      port: 8888,
      portName: '',
      protocol: 'TCP',
      ready: true,
      pod: null,
      node: null,
    })
  })

  test('a load balancer’s, with everything', () => {
    const parts = parseDescribe(loadBalancer, 'x')
    expect(parts.services).toMatchObject([
      {
        namespace: 'shop',
        name: 'web-lb',
        type: 'LoadBalancer',
        clusterIPs: ['10.96.51.48', 'fd00:10:96::30'],
        externalIPs: ['198.51.100.7', '198.51.100.8'],
        loadBalancerIPs: ['203.0.113.10'],
        loadBalancerHostnames: ['lb.example.com'],
        loadBalancerSourceRanges: ['192.0.2.0/24', '172.30.0.0/24'],
        externalTrafficPolicy: 'Local',
        internalTrafficPolicy: 'Cluster',
        affinitySeconds: 10_800,
        selector: { app: 'web', tier: 'front' },
        ports: [
          { name: 'http', port: 80, protocol: 'TCP', targetPort: 'web', nodePort: 30649 },
          { name: 'echo', port: 5353, protocol: 'UDP', targetPort: '5353', nodePort: 30650 },
        ],
      },
    ])
    const endpoints = endpointsIn(parts, 'endpointsObjects', 'shop/web-lb')
    expect(endpoints?.map(({ address, port, portName, protocol }) => [address, port, portName, protocol])).toEqual([
      ['10.244.1.4', 8080, 'http', 'TCP'],
      ['fd00:10:244:1::4', 8080, 'http', 'TCP'],
      ['10.244.2.2', 8080, 'http', 'TCP'],
    ])
    expect(parts.endpointsObjects.get('shop/web-lb')?.map(({ cut }) => cut)).toEqual([true, false])
    expect(messagesOf(parts)).toEqual([
      expect.stringContaining('ipMode Proxy'),
      'kubectl left out 7 of the endpoints of web-lb',
    ])
  })

  test('headless, of a name, of an old release', () => {
    const headless = minikube.replaceAll('10.103.145.7', 'None')
    expect(parseDescribe(headless, 'x').services).toMatchObject([{ headless: true, clusterIPs: [] }])
    const named = parseDescribe(externalName, 'x')
    expect(named.services).toMatchObject([
      { type: 'ExternalName', externalName: 'api.example.com', clusterIPs: [], headless: false, selector: null },
    ])
    expect(named.endpointsObjects.size).toBe(0)
    const old =
      'Name:\t\ta\nNamespace:\tdefault\nType:\t\tNodePort\nIP:\t\t10.0.0.1\nPort:\t\t<unset>\t80/TCP\nNodePort:\t<unset>\t30000/TCP\nEndpoints:\t<none>\nSession Affinity:\tNone\nIP:\t10.9.9.9\n'
    const parts = parseDescribe(old, 'x')
    expect(parts.services).toMatchObject([{ clusterIPs: ['10.0.0.1'], ports: [{ targetPort: null, nodePort: 30000 }] }])
    expect(parts.services[0]?.selector).toBeUndefined()
    expect(endpointsIn(parts, 'endpointsObjects', 'default/a')).toEqual([])
  })

  test('several, and those of other objects', () => {
    const parts = parseDescribe(`$ kubectl describe svc,pod\n${[minikube, pod, externalName].join('\n\n')}`, 'x')
    expect(parts.services.map(({ name }) => name)).toEqual(['httpenv', 'ext'])
    expect(parts.problems).toEqual([
      { file: 'x', line: 1, message: 'not part of a description: "$ kubectl describe svc,pod"' },
      {
        file: 'x',
        line: 19,
        message: 'the description of web-66877cb9fb-2pkt5 is not that of a Service and is left out',
      },
    ])
  })

  test('CRLF, and what cannot be read', () => {
    const read = parseDescribe(minikube, 'x')
    const crlf = parseDescribe(minikube.replaceAll('\n', '\r\n'), 'x')
    expect(crlf.services).toEqual(read.services)
    const odd = minikube.replace('<unset>  8888/TCP', 'soon').replace('httpenv\n', 'httpenv\n')
    expect(parseDescribe(odd, 'x')).toMatchObject({
      services: [{ ports: [] }],
      problems: [{ line: 11, message: 'not a port of a Service: "soon"' }],
    })
    expect(messagesOf(parseDescribe('Name: ../x\nTargetPort: 1\n', 'x'))).toEqual([
      '"../x" is no name, so its description is left out',
    ])
  })

  test('what looks like one', () => {
    expect(looksLikeDescribe(minikube)).toBe(true)
    expect(looksLikeDescribe(loadBalancer)).toBe(true)
    expect(looksLikeDescribe(externalName.replaceAll('\n', '\r\n'))).toBe(true)
    expect(looksLikeDescribe(pod)).toBe(false)
    expect(looksLikeDescribe(sample('kubeadm-calico-aws/service.yaml'))).toBe(false)
  })
})
