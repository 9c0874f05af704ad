/** What Cilium prints, by its versions: real output, and what is made up says so. */
import { describe, expect, it, test } from 'vitest'
import type { Cilium } from '../../../src/model/dataplanes/cilium.ts'
import { parseCiliumConnections } from '../../../src/parse/cilium/ct.ts'
import { parseCiliumEndpoints } from '../../../src/parse/cilium/endpoints.ts'
import { parseCiliumLb } from '../../../src/parse/cilium/lb-list.ts'
import { parseCiliumDrops, parseCiliumPressure } from '../../../src/parse/cilium/metrics.ts'
import { mergeCilium, type ParsedCilium, parseCiliumRefusal } from '../../../src/parse/cilium/parts.ts'
import { parseCiliumServices } from '../../../src/parse/cilium/service-list.ts'
import { parseCiliumStatus } from '../../../src/parse/cilium/status.ts'
import { recognise } from '../../../src/parse/recognise.ts'
import { fixture, survivesJunk } from '../host/fixture.ts'

const real = (name: string): string => fixture(`cilium/${name}`)

/** What a parser finds in text that it must understand whole. */
function read(parse: (text: string, file: string) => ParsedCilium, text: string): Cilium {
  const { value, problems } = parse(text, 'f')
  expect(problems).toEqual([])
  return value!
}

describe('service list', () => {
  it('reads what 1.18 prints as JSON', () => {
    const { services } = read(parseCiliumServices, real('service-list-1.18.json'))
    expect(services!.extent).toEqual({ kind: 'all' })
    expect(services!.items).toHaveLength(8)
    expect(services!.items[2]).toMatchObject({
      id: 7,
      frontend: { address: '10.96.0.10', port: 53, protocol: 'UDP', scope: 'external' },
      ...{ type: 'ClusterIP', namespace: 'kube-system', name: 'kube-dns' },
      backends: [
        { address: '10.0.0.220', port: 53, node: 'k8s-master-n1', state: 'active' },
        { address: '10.0.1.184', port: 53, node: 'k8s-worker-n1', state: 'active' },
      ],
    })
  })

  it('takes a state that is left out for active, and one that it does not know for unknown', () => {
    const entry = (state: string) =>
      `[{"spec":{"frontend-address":{"ip":"10.96.0.1","port":80},"backend-addresses":[{"ip":"10.0.0.1","port":80${state}}]}}]`
    const stateOf = (state: string) => read(parseCiliumServices, entry(state)).services!.items[0]!.backends[0]!.state
    expect([stateOf(''), stateOf(',"state":"terminating"'), stateOf(',"state":"strange"')]).toEqual([
      'active',
      'terminating',
      null,
    ])
  })

  it('reads the text, whose backends go on below, with and without numbers', () => {
    // As its source prints it: cilium-dbg/cmd/service_list.go.
    const text = `ID   Frontend                Service Type   Backend
12   10.96.0.10:53/UDP       ClusterIP      1 => 10.20.1.7:53/UDP (active)
                                            2 => 10.20.2.9:53/UDP (terminating)
44   192.168.180.42:443/TCP  LoadBalancer   
`
    const { services } = read(parseCiliumServices, text)
    expect(services!.items.map(({ id, backends }) => [id, backends.map(({ state }) => state)])).toEqual([
      [12, ['active', 'terminating']],
      [44, []],
    ])
    const without = text.replace(/^(ID| ?\d+) {3}/gm, '')
    expect(read(parseCiliumServices, without).services!.items.map(({ id }) => id)).toEqual([null, null])
  })

  it('knows what was asked for of a list that was picked', () => {
    const [head] = real('service-list-1.18.json').split(/^ {2}},\n/m)
    const { services } = read(parseCiliumServices, `# asked for: 10.96.0.1 :30080\n${head}  },\n]\n`)
    expect(services!.items).toHaveLength(1)
    expect(services!.extent).toEqual({ kind: 'asked', addresses: new Set(['10.96.0.1']), ports: new Set([30080]) })
    expect(read(parseCiliumServices, '# asked for: 10.96.0.99\n[\n]\n').services).toMatchObject({ items: [] })
  })

  it('hears the silence of the agent', () => {
    const { refusal, services } = read(parseCiliumServices, real('no-agent-cilium-service-list.txt'))
    expect(services).toBe(null)
    expect(refusal!.text).toContain('dial unix /var/run/cilium/cilium.sock')
  })
})

describe('bpf lb list', () => {
  const slots = (text: string) =>
    read(parseCiliumLb, text).slots!.items.map(({ frontend, slot, backend }) => {
      const where = `${frontend.address} ${frontend.port} ${frontend.protocol} ${frontend.scope}`
      return [where, slot, backend && 'address' in backend ? `${backend.address} ${backend.port}` : backend]
    })

  it('reads the keys without slots, of IPv6', () => {
    const found = slots(real('bpf-lb-list-1.13-ipv6.txt'))
    expect(found).toHaveLength(10)
    const where = 'fd8b:bab:fcd3::a697 9090 null external'
    expect(found.slice(-4)).toEqual([
      [where, 2, '2406:da14:8ba:1a00:af45::3 9090'],
      [where, 1, '2406:da14:8ba:1a00:af45::4 9090'],
      [where, 3, '2406:da14:8ba:1a00:af45::33 9090'],
      [where, 0, null],
    ])
  })

  it('reads the keys with slots and protocol', () => {
    expect(slots(real('bpf-lb-list-1.19-slots.txt'))).toEqual([
      ['10.96.0.10 53 UDP external', 0, null],
      ['10.96.0.10 53 UDP external', 2, '10.244.0.191 53'],
      ['10.96.0.10 53 UDP external', 1, '10.244.0.104 53'],
    ])
    const { slots: list } = read(parseCiliumLb, real('bpf-lb-list-1.19-slots.txt'))
    expect(list).toMatchObject({ extent: { kind: 'all' }, items: [{ flags: ['ClusterIP', 'non-routable'] }, {}, {}] })
  })

  // Made up after the source: cilium-dbg/cmd/bpf_lb_list.go.
  it('reads the keys with slots and without protocol, the internal scope, and JSON', () => {
    const text = 'SERVICE ADDRESS  BACKEND ADDRESS (REVNAT_ID) (SLOT)\n10.96.0.1:443/i (1)   172.18.0.2:6443 (1) (1)\n'
    expect(slots(text)).toEqual([['10.96.0.1 443 null internal', 1, '172.18.0.2 6443']])
    expect(slots('{"10.96.0.1:443/TCP/i (1)": ["172.18.0.2:6443/TCP (1) (1)"]}')).toEqual([
      ['10.96.0.1 443 TCP internal', 1, '172.18.0.2 6443'],
    ])
  })

  it('sees a slot whose backend is not there, and a proxy', () => {
    expect(
      slots('10.96.0.1:80/TCP (1)   backend 17 not found\n10.96.0.1:80/TCP (2)   10.0.0.1:80/TCP (1) (2)\n'),
    ).toEqual([
      ['10.96.0.1 80 TCP external', 1, { missing: 17 }],
      ['10.96.0.1 80 TCP external', 2, '10.0.0.1 80'],
    ])
    const proxied = '10.96.0.1:80/TCP (0)   0.0.0.0:0 (1) (0) [ClusterIP, l7-load-balancer] (L7LB Proxy Port: 12345)\n'
    expect(read(parseCiliumLb, proxied).slots!.items[0]!.proxyPort).toBe(12345)
  })

  it('reads the counts of --frontends and the backends of --backends', () => {
    const text = `SERVICE ADDRESS            BACKEND ID
10.96.0.10:53/UDP (0)      0 2[1] (3) [0x0 0x0]
10.96.0.10:53/UDP (1)      4 0[0] (3) [0x0 0x0]
10.96.0.11:53 (0)          0 1 (3) [0x0 0x0]
`
    const { masters } = read(parseCiliumLb, text)
    expect(masters!.items.map(({ frontend, active }) => [frontend.address, active])).toEqual([
      ['10.96.0.10', 2],
      ['10.96.0.11', 1],
    ])
    const list = 'ID   BACKEND ADDRESS (REVNAT_ID) (SLOT)\n4    TCP://10.0.0.29:53\n5    TCP://10.0.0.30\n'
    expect([...read(parseCiliumLb, list).backends!]).toEqual([
      [4, { address: '10.0.0.29', port: 53 }],
      [5, { address: '10.0.0.30', port: null }],
    ])
  })

  it('knows an empty map from one that was not printed', () => {
    expect(read(parseCiliumLb, real('no-agent-cilium-bpf-lb-list.txt')).slots).toEqual({
      ...{ items: [], extent: { kind: 'all' } },
    })
  })
})

test('status tells what is replaced and how, as text', () => {
  const { status } = read(parseCiliumStatus, real('status-verbose-kpr.txt'))
  expect(status).toMatchObject({
    ...{ replaces: 'all', socketLb: true, socketLbHostOnly: false, devices: ['eth0'] },
    nodePort: { mode: 'Hybrid', algorithm: 'Maglev' },
  })
})

test.each([
  ['True', 'all'],
  ['Strict', 'all'],
  ['Partial', 'part'],
  ['Probe', 'part'],
  ['Disabled', 'none'],
  ['False', 'none'],
  ['Maybe', null],
])('status with mode %s, as JSON', (mode, replaces) => {
  const features = { socketLB: { enabled: false }, nodePort: { enabled: true, mode: 'DSR', algorithm: 'Random' } }
  const text = { cilium: { state: 'Ok' }, 'kube-proxy-replacement': { mode, devices: ['ens5'], features } }
  expect(read(parseCiliumStatus, JSON.stringify(text)).status).toMatchObject({
    ...{ replaces, socketLb: false, devices: ['ens5'], state: 'Ok' },
    nodePort: { mode: 'DSR', algorithm: 'Random' },
  })
})

test('connections tell of the backend where one was given to a service’s address', () => {
  const { connections } = read(parseCiliumConnections, real('bpf-ct-list-global.txt'))
  expect(connections!.map(({ direction, service, backend }) => [direction, service, backend])).toEqual([
    ['IN', 0, null],
    ['SVC', 218, 98],
    ['OUT', 0, null],
  ])
  expect(connections![1]!.destination).toEqual({ address: '2a03:3f40:88:1::24', port: 80 })
  expect(parseCiliumConnections(real('no-agent-cilium-bpf-ct-list-global.txt'), 'f')).toEqual({
    ...{ value: null, problems: [] },
  })
})

test('endpoints tell the interfaces of the pods', () => {
  // As the API has it (EndpointNetworking); the node itself has no interface.
  const networking = {
    addressing: [{ ipv4: '10.0.2.70' }],
    'interface-index': 19,
    'interface-name': 'lxc1',
    mac: 'be:c2:87:fa:d5:80',
  }
  const pod = {
    id: 2775,
    status: { networking, 'external-identifiers': { 'k8s-namespace': 'shop', 'pod-name': 'shop/web' } },
  }
  const host = { id: 1, status: { networking: { addressing: [{}] } } }
  expect(parseCiliumEndpoints(JSON.stringify([pod, host]), 'f')).toEqual({
    problems: [],
    value: [
      {
        ...{ namespace: 'shop', name: 'eth0', mac: 'be:c2:87:fa:d5:80', mtu: null, peerIndex: 19 },
        addresses: [{ address: '10.0.2.70', prefix: 32 }],
      },
    ],
  })
})

test('drops are told from packets that went on', () => {
  const text = `REASON                      DIRECTION   PACKETS   BYTES     LINE   FILE
Interface                   INGRESS     152170    20450    1132   bpf_host.c
Success                     EGRESS      53        5200     1694   bpf_host.c
Service backend not found   EGRESS      12        888      2123   nodeport.h
`
  expect(read(parseCiliumDrops, text).drops).toMatchObject([
    { reason: 'Service backend not found', direction: 'egress', packets: 12 },
  ])
  const json = '[{"reason":"Policy denied","direction":"ingress","packets":3,"bytes":198,"line":1,"file":"l.h"}]'
  expect(read(parseCiliumDrops, json).drops).toMatchObject([{ reason: 'Policy denied', packets: 3 }])
})

test('the fill of maps is read in both spellings', () => {
  const text =
    'cilium_bpf_map_pressure    map_name="lb4_services_v2"    0.420758\ncilium_bpf_map_pressure{map_name="lxc"} 2e-04\n'
  expect(read(parseCiliumPressure, text).pressure!.map(({ map, share }) => [map, share])).toEqual([
    ['lb4_services_v2', 0.420758],
    ['lxc', 0.0002],
  ])
})

test('each text is known by its first lines', () => {
  const without = (name: string) => real(name).replace(/^(#|\$).*\n/gm, '')
  expect(
    [
      'service-list-1.18.json',
      'bpf-lb-list-1.13-ipv6.txt',
      'bpf-lb-list-1.19-slots.txt',
      'bpf-ct-list-global.txt',
      'status-verbose-kpr.txt',
      'no-agent-cilium-service-list.txt',
      'no-agent-cilium-status---verbose.txt',
    ].map((name) => recognise(without(name))),
  ).toEqual(['ciliumServices', 'ciliumLb', 'ciliumLb', 'ciliumCt', 'ciliumStatus', 'ciliumRefusal', 'ciliumRefusal'])
  expect(recognise('{\n  "10.96.0.1:443/TCP (1)": [\n    "172.18.0.2:6443/TCP (1) (1)"\n  ]\n}')).toBe('ciliumLb')
})

test('what two files say is there once', () => {
  const text = real('bpf-lb-list-1.19-slots.txt')
  const [a, b] = [read(parseCiliumLb, text), read(parseCiliumLb, text)]
  expect(mergeCilium(a, b)).toEqual(a)
})

describe.each([
  ['services', parseCiliumServices, 'service-list-1.18-no-backends.txt'],
  ['services as JSON', parseCiliumServices, 'service-list-1.18.json'],
  ['maps', parseCiliumLb, 'bpf-lb-list-1.13-ipv6.txt'],
  ['connections', parseCiliumConnections, 'bpf-ct-list-global.txt'],
  ['status', parseCiliumStatus, 'status-verbose-kpr.txt'],
  ['drops', parseCiliumDrops, 'status-verbose-kpr.txt'],
  ['metrics', parseCiliumPressure, 'no-agent-cilium-metrics-list.txt'],
  ['a refusal', parseCiliumRefusal, 'no-agent-cilium-service-list.txt'],
] as const)('junk for %s', (_name, parse, name) => {
  survivesJunk((text, file) => {
    const { value, problems } = parse(text, file)
    return { items: [value], problems }
  }, real(name))
})

describe('junk for endpoints', () => {
  survivesJunk((text, file) => {
    const { value, problems } = parseCiliumEndpoints(text, file)
    return { items: value ?? [], problems }
  }, real('service-list-1.18.json'))
})
