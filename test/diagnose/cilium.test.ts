/** What is told where Cilium serves the Services: of a healthy cluster nothing, and of each fault its own code. */
import { describe, expect, test } from 'vitest'
import { asCilium, type CiliumOptions } from '../cilium.ts'
import { fixture } from '../parse/host/fixture.ts'
import { findingsIn, reportIn } from './bend.ts'
import { all, type Bend, DUAL, each, edit, forwardDrop, NODES, text } from './bendings.ts'

const told = async (files: Bend, service = 'shop/web') =>
  (await findingsIn({ service, files })).map(({ code, node }) => (node ? `${code} ${node}` : code))

const entryOf = async (files: Bend, service = 'shop/web', kind = 'clusterIP') => {
  const { nodes } = await reportIn({ service, files })
  return nodes.find(({ name }) => name === 'n2')!.entries.find((entry) => entry.kind === kind)!
}

const MAP = 'nodes/n2/cilium-bpf-lb-list.txt'
const COUNTS = 'nodes/n2/cilium-bpf-lb-list-frontends.txt'
const LIST = 'nodes/n2/cilium-service-list.json'
const STATUS = 'nodes/n2/cilium-status.json'

const remove =
  (...paths: string[]): Bend =>
  (files) => {
    for (const path of paths) files.delete(path)
  }

/** Changes the agent's list of n2. */
const agent =
  (change: (backends: { ip: string; port: number; state: string }[]) => unknown[], of = 'web'): Bend =>
  (files) => {
    interface Entry {
      spec: { flags: { name: string }; 'backend-addresses': never[] }
    }
    const list = (JSON.parse(files.get(LIST)!) as Entry[]).map(({ spec }) => {
      const own = spec.flags.name === of ? { ...spec, 'backend-addresses': change(spec['backend-addresses']) } : spec
      return { spec: own, status: { realized: own } }
    })
    files.set(LIST, JSON.stringify(list))
  }

const noAgent: Bend = all(
  text(LIST, fixture('cilium/no-agent-cilium-service-list.txt')),
  text(STATUS, fixture('cilium/no-agent-cilium-status---verbose.txt')),
)

/** `web` in the maps of n2. */
const WEB = /^10\.96\.244\.84:80\/TCP .*\n/gm
const SLOT_1 = /^(10\.96\.244\.84:80\/TCP \(1\) +)10\.244\.\d+\.\d+(:8080)/m

describe('a healthy cluster', () => {
  test.each(['shop/web', 'shop/web-named', 'shop/web-np', 'shop/web-sticky', 'shop/hostweb', 'kube-system/kube-dns'])(
    '%s is reachable, and nothing is found',
    async (service) => {
      const report = await reportIn({ service, files: asCilium() })
      expect(report.findings).toEqual([])
      expect(report.nodes.map(({ name, mode, verdict }) => [name, mode, verdict])).toEqual(
        NODES.map((name) => [name, 'cilium', 'reachable']),
      )
    },
  )

  test('each endpoint gets its part, and no count is claimed', async () => {
    const { nodes } = await reportIn({ service: 'shop/web', files: asCilium() })
    const [node] = nodes
    const [entry] = node!.entries
    expect(entry!.endpoints.map(({ probability, state, hits }) => [probability, state, hits])).toEqual(
      new Array(5).fill([0.2, 'ready', null]),
    )
    expect(entry!.chains).toEqual(['frontends', '10.96.244.84:80'])
    expect(entry!.rules[0]).toMatchObject({
      ...{ table: 'cilium', chain: 'frontends', role: 'services', file: 'nodes/n1/cilium-bpf-lb-list.txt' },
      text: expect.stringMatching(
        /^10\.96\.244\.84:80\/TCP \(0\) {3}0\.0\.0\.0:0 \(\d+\) \(0\) \[ClusterIP, non-routable\]$/,
      ),
    })
    expect(node!.notes.join('\n')).toContain('in connect()')
    expect(node!.notes.join('\n')).toContain('keeps no counters')
    expect(node!.connections).toBe(null)
  })

  test.each<[CiliumOptions, string]>([
    [{ socketLb: false, nodePort: { mode: 'SNAT', algorithm: 'Maglev' } }, 'Maglev picks'],
    [{ socketLb: false, nodePort: { mode: 'SNAT', algorithm: 'Random' } }, 'keeps no counters'],
  ])('with %j it says so', async (options, note) => {
    const { nodes, verdict } = await reportIn({ service: 'shop/web', files: asCilium(options) })
    expect(nodes[0]!.notes.join('\n')).toContain(note)
    expect(nodes[0]!.notes.join('\n')).not.toContain('in connect()')
    expect(verdict).toBe('reachable')
  })

  test.each([
    ['SNAT', { n2: 'no', other: 'yes' }],
    ['DSR', { n2: 'no', other: 'unknown' }],
    ['Hybrid', { n2: 'no', other: 'unknown' }],
  ])('a node port hands on by %s', async (mode, expected) => {
    const bend = asCilium({ nodePort: { mode, algorithm: 'Random' } })
    const entry = await entryOf(bend, 'shop/web-np', 'nodePort')
    for (const { node, masquerade } of entry.endpoints)
      expect([node, masquerade]).toEqual([node, node === 'n2' ? expected.n2 : expected.other])
    expect(await told(bend, 'shop/web-np')).toEqual([])
  })
})

const HEALTHY = 'k8s-1.36-iptables-nft-bridge'

describe('other entries than the cluster IP', () => {
  const led = async (service: string, kind: string, capture: string) => {
    const { nodes, findings } = await reportIn({ service: `shop/${service}`, files: asCilium(), capture })
    const entries = nodes.map(({ name, entries }) => [
      name,
      ...entries
        .filter((entry) => entry.kind === kind)
        .map(({ address, verdict, endpoints }) => [
          address.includes(':') ? 6 : 4,
          verdict,
          endpoints.filter(({ probability }) => probability > 0).length,
        ]),
    ])
    return { entries, codes: findings.map(({ code }) => code) }
  }

  test.each([
    ['web-lb', 'loadBalancerIP', [[4, 'reachable', 5]]],
    ['web-extip', 'externalIP', [[4, 'reachable', 5]]],
    [
      'web-dual',
      'clusterIP',
      [
        [4, 'reachable', 5],
        [6, 'reachable', 5],
      ],
    ],
  ] as const)('%s by its %s', async (service, kind, expected) => {
    expect(await led(service, kind, DUAL)).toEqual({
      entries: NODES.map((name) => [name, ...expected]),
      codes: [],
    })
  })

  test('by externalTrafficPolicy Local each node leads to its own endpoints, and the cluster IP to all', async () => {
    const { entries, codes } = await led('web-lb-local', 'loadBalancerIP', HEALTHY)
    expect([entries, codes]).toEqual([
      [
        ['n1', [4, 'reachable', 1]],
        ['n2', [4, 'reachable', 2]],
        ['n3', [4, 'reachable', 2]],
      ],
      [],
    ])
    expect((await led('web-lb-local', 'clusterIP', HEALTHY)).entries).toEqual(
      NODES.map((name) => [name, [4, 'reachable', 5]]),
    )
  })

  test.each([
    ['web-internal-local', 'internalTrafficPolicy is Local and n1, n3 have no endpoint: pods there get no answer'],
    [
      'web-local',
      'externalTrafficPolicy is Local and n1, n3 have no endpoint: outside clients that arrive there get no answer',
    ],
  ])('%s on a node without an endpoint', async (service, message) => {
    const findings = await findingsIn({ service: `shop/${service}`, files: asCilium() })
    expect(findings.map((one) => [one.code, one.message])).toEqual([['SVP311', message]])
  })

  test('a frontend of IPv6 that one node’s map leads elsewhere', async () => {
    const stale = edit(MAP, /^(\[fd00:10:96::8592\]:80\/TCP \(1\) +)\[[^\]]+\]/m, '$1[fd00:10:244:1::99]')
    const bend = all(asCilium(), stale, remove(LIST))
    const findings = await findingsIn({ service: 'shop/web-dual', files: bend, capture: DUAL })
    expect(findings.map(({ code, node }) => [code, node])).toEqual([['SVP303', 'n2']])
    expect(findings[0]!.message).toContain('fd00:10:244:1::99')
  })
})

describe('connections', () => {
  const CT = 'nodes/n1/cilium-bpf-ct-list-global.txt'
  const ct = (...lines: string[]) =>
    text(
      CT,
      `${['# asked for: 10.96.244.84', ...lines.map((line) => `${line} expires=1 Packets=0 RevNAT=1`), ''].join('\n')}`,
    )
  const counts = async (bend: Bend) => {
    const [node] = (await reportIn({ service: 'shop/web', files: bend })).nodes
    const [entry] = node!.entries
    return [entry!.conntrack, entry!.endpoints.map(({ connections }) => connections), node!.notes.join('\n')] as const
  }
  const POD = async () => {
    const { nodes } = await reportIn({ service: 'shop/web', files: asCilium() })
    return nodes[0]!.entries[0]!.endpoints.map(({ address }) => `${address}:8080`)
  }

  test('by tc an entry and its endpoints are counted by the same client’s two lines', async () => {
    const [first, second] = await POD()
    const lines = ct(
      'TCP SVC 10.244.0.9:1000 -> 10.96.244.84:80',
      `TCP OUT 10.244.0.9:1000 -> ${first}`,
      'TCP SVC 10.244.0.9:1001 -> 10.96.244.84:80',
      // Past the service, and of another protocol.
      `TCP OUT 10.244.0.9:1002 -> ${second}`,
      'UDP SVC 10.244.0.9:1003 -> 10.96.244.84:80',
    )
    const [entry, endpoints, notes] = await counts(all(asCilium({ socketLb: false }), lines))
    expect([entry, endpoints]).toEqual([2, [1, 0, 0, 0, 0]])
    expect(notes).toContain('connections are those of Cilium’s own table (cilium-dbg bpf ct list global)')
  })

  test('by connect() only those to the endpoints are known, and the tool says so', async () => {
    const [first] = await POD()
    const lines = ct(`TCP OUT 10.244.0.9:1000 -> ${first}`, `TCP OUT 10.244.0.9:1001 -> ${first}`)
    const [entry, endpoints, notes] = await counts(all(asCilium(), lines))
    expect([entry, endpoints]).toEqual([null, [2, 0, 0, 0, 0]])
    expect(notes).toContain('by this service or any other way')
  })

  test.each([
    ['a table that was not read', () => {}],
    ['a table that was cut', text(CT, 'TCP SVC 10.244.0.9:1 -> 10.96.244.84:80 expires=1 RevNAT=1\n(cut off)\n')],
  ] as [string, Bend][])('%s counts nothing', async (_what, bend) => {
    const [entry, endpoints] = await counts(all(asCilium({ socketLb: false }), bend))
    expect([entry, endpoints]).toEqual([null, new Array(5).fill(null)])
  })
})

describe('a fault', () => {
  test('the node does not know the service, and neither does its agent', async () => {
    const bend = all(
      asCilium(),
      edit(MAP, WEB, ''),
      edit(COUNTS, WEB, ''),
      (files) =>
        void files.set(
          LIST,
          JSON.stringify(
            JSON.parse(files.get(LIST)!).filter(
              (one: { spec: { flags: { name: string } } }) => one.spec.flags.name !== 'web',
            ),
          ),
        ),
    )
    expect(await told(bend)).toEqual(['SVP302 n2'])
    expect((await entryOf(bend)).reason).toBe('no frontend of Cilium on n2 takes it')
  })

  test('the agent serves what its map does not hold', async () => {
    const bend = all(asCilium(), edit(MAP, WEB, ''), edit(COUNTS, WEB, ''))
    const [finding, ...others] = await findingsIn({ service: 'shop/web', files: bend })
    expect(others).toEqual([])
    expect(finding).toMatchObject({ code: 'SVP332', node: 'n2', severity: 'error' })
    expect(finding!.message).toBe('on n2 the agent serves 10.96.244.84:80, and the map does not hold it')
    expect(finding!.leadsTo.map(({ code }) => code)).toEqual(['SVP302', 'SVP304', 'SVP309'])
  })

  test('the map leads to a pod that is gone, which the agent still wants', async () => {
    const stale = all(
      asCilium(),
      edit(MAP, SLOT_1, '$110.244.1.99$2'),
      agent(([first, ...rest]) => [{ ...first, ip: '10.244.1.99' }, ...rest]),
    )
    expect(await told(stale)).toEqual(['SVP303 n2'])
  })

  test('the map leads to a pod that the agent has forgotten', async () => {
    expect(await told(all(asCilium(), edit(MAP, SLOT_1, '$110.244.1.99$2')))).toEqual(['SVP332 n2'])
  })

  test('a ready endpoint is missing in both', async () => {
    const bend = all(
      asCilium(),
      edit(MAP, /^10\.96\.244\.84:80\/TCP \(5\).*\n/m, ''),
      edit(COUNTS, /^(10\.96\.244\.84:80\/TCP \(0\) +0 )5/m, '$14'),
      (files) => {
        const gone = /^10\.96\.244\.84:80\/TCP \(4\) +\S+/m.exec(files.get(MAP)!)
        expect(gone).not.toBe(null)
      },
      agent((backends) => backends.slice(0, 4)),
    )
    const [finding, ...others] = await findingsIn({ service: 'shop/web', files: bend })
    expect([finding!.code, finding!.node, others]).toEqual(['SVP304', 'n2', []])
    // That the nodes disagree follows from it.
    expect(finding!.leadsTo.map(({ code }) => code)).toEqual(['SVP309'])
  })

  test('a ready endpoint lies above the count: it gets nothing', async () => {
    const bend = all(
      asCilium(),
      edit(COUNTS, /^(10\.96\.244\.84:80\/TCP \(0\) +0 )5\[0\]/m, '$14[1]'),
      agent((backends) => backends.map((one, i) => (i === 4 ? { ...one, state: 'terminating' } : one))),
    )
    expect(await told(bend)).toEqual(['SVP304 n2'])
    expect((await entryOf(bend)).endpoints.map(({ state, probability }) => [state, probability])).toEqual([
      ...new Array(4).fill(['ready', 0.25]),
      ['missing', 0],
    ])
  })

  test('nothing is behind the frontend, although endpoints are ready', async () => {
    const bend = all(
      asCilium(),
      edit(MAP, /^10\.96\.244\.84:80\/TCP \([1-5]\).*\n/gm, ''),
      edit(COUNTS, /^(10\.96\.244\.84:80\/TCP \(0\) +0 )5/m, '$10'),
      agent(() => []),
    )
    expect(await told(bend)).toEqual(['SVP310 n2'])
    expect((await entryOf(bend)).reason).toBe(
      'rejected by Cilium’s frontend 10.96.244.84:80, which has no backend: connect() fails, although 5 endpoints are ready',
    )
  })

  test('nothing is behind the frontend, and packets meet it at tc, where it depends what clients notice', async () => {
    const bend = all(
      asCilium({ socketLb: false }),
      edit(MAP, /^10\.96\.244\.84:80\/TCP \([1-5]\).*\n/gm, ''),
      edit(COUNTS, /^(10\.96\.244\.84:80\/TCP \(0\) +0 )5/m, '$10'),
      agent(() => []),
    )
    expect((await entryOf(bend)).reason).toBe(
      'rejected or dropped by Cilium’s frontend 10.96.244.84:80, which has no backend, although 5 endpoints are ready',
    )
    const [finding] = await findingsIn({ service: 'shop/web', files: bend })
    expect(finding?.message).toMatch(/are rejected or dropped, although 5 endpoints are ready$/)
  })

  test('a slot leads to a backend that is not there', async () => {
    const bend = all(asCilium(), edit(MAP, SLOT_1, '10.96.244.84:80/TCP (1)   backend 17 not found\n#'))
    const [finding] = await findingsIn({ service: 'shop/web', files: bend })
    expect(finding).toMatchObject({
      ...{ code: 'SVP332', node: 'n2' },
      message: 'on n2 10.96.244.84:80 leads to backend 17, which the map of backends does not hold',
    })
  })

  test('the agent is down: the maps stay, and are right for now', async () => {
    const [finding, ...others] = await findingsIn({ service: 'shop/web', files: all(asCilium(), noAgent) })
    expect(others).toEqual([])
    expect(finding).toMatchObject({ code: 'SVP316', node: 'n2', severity: 'warning', subject: 'Cilium’s agent' })
    expect(finding!.message).toContain('does not answer: the kernel’s maps stay as they are')
    expect(finding!.fix).toContain('k8s-app=cilium')
  })

  test('the agent is down, and its maps are behind', async () => {
    const bend = all(asCilium(), noAgent, edit(MAP, SLOT_1, '$110.244.1.99$2'))
    expect(await told(bend)).toEqual(['SVP316 n2'])
  })

  test('the map is full', async () => {
    const pressure = (share: string) =>
      text('nodes/n2/cilium-metrics-list.txt', `cilium_bpf_map_pressure   map_name="lb4_services_v2"   ${share}\n`)
    expect(await told(all(asCilium(), pressure('1.000000')))).toEqual(['SVP333 n2'])
    expect(await told(all(asCilium(), pressure('0.998')))).toEqual([])
  })

  test('kube-proxy’s rules are left beside it', async () => {
    const findings = await findingsIn({ service: 'shop/web', files: asCilium({ beside: true }) })
    expect(findings.map(({ code, node }) => `${code} ${node}`)).toEqual(NODES.map((name) => `SVP306 ${name}`))
    expect(findings[0]!.message).toBe(
      'both Cilium and iptables-nft hold service rules: Cilium takes connections before them, and what it does not serve old ones may send to pods that are gone',
    )
    // Since their nodes run, kube-proxy's rules have counted these.
    expect(findings[0]!.evidence.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^\d+ frontends$/),
      expect.stringMatching(/^\d+ rules in KUBE-SERVICES of the table nat, which counted \d+ new connections?$/),
    ])
    expect(findings[0]!.fix).toContain('iptables-nft-save | grep -v KUBE- | iptables-nft-restore')
  })
})

describe('what the evidence does not show is unknown', () => {
  test.each<[string, Bend, string]>([
    [
      'which slots are active',
      remove(COUNTS, LIST),
      'which slots of 10.96.244.84:80 are active is not in the text: cilium-dbg bpf lb list --frontends tells',
    ],
    ['the map', remove(MAP, COUNTS), 'the cilium_lb4_services_v2 table is not in the text'],
    [
      'whether rules behind it are met',
      forwardDrop('n2'),
      'the policy of FORWARD in the table filter is DROP, and whether Cilium’s programs lead the packet past that is not known',
    ],
    [
      'the other slots of a frontend that was picked by hand',
      all(remove(COUNTS), edit(MAP, /^SERVICE.*\n|^(?!10\.96\.244\.84:80\/TCP \([01]\)).*\n/gm, '')),
      'not all slots of 10.96.244.84:80 may be in the text',
    ],
    [
      'what a proxy does',
      edit(MAP, /^(10\.96\.244\.84:80\/TCP \(0\).*)$/m, '$1 (L7LB Proxy Port: 12345)'),
      'Cilium’s proxy takes what is sent to 10.96.244.84:80, at its port 12345',
    ],
    [
      'what comes of a service all of whose backends are let go',
      all(
        edit(COUNTS, /^(10\.96\.244\.84:80\/TCP \(0\) +0 )5\[0\]/m, '$10[5]'),
        agent((backends) => backends.map((one) => ({ ...one, state: 'terminating' }))),
      ),
      'no backend of 10.96.244.84:80 is active, and whether those that are being let go get connections depends on Cilium’s version',
    ],
    [
      'the other frontends of a list that was cut',
      edit(MAP, WEB, '(cut)\n'),
      'not all of Cilium’s frontends are in the text',
    ],
  ])('%s', async (_what, bend, reason) => {
    const entry = await entryOf(all(asCilium(), bend))
    expect([entry.verdict, entry.reason]).toEqual(['unknown', reason])
  })

  test('which of the two serves, where kube-proxy’s rules are there and Cilium does not say its mode', async () => {
    const bend = all(
      asCilium({ beside: true }),
      each((node) => remove(`nodes/${node}/cilium-status.json`)),
    )
    expect((await entryOf(bend)).reason).toBe(
      'whether Cilium or kube-proxy takes it is not known: Cilium’s mode is not in the text',
    )
    expect(await told(bend)).toEqual([])
  })

  test('where Cilium replaces nothing, kube-proxy’s rules are walked', async () => {
    const report = await reportIn({ service: 'shop/web', files: asCilium({ beside: true, mode: 'False' }) })
    expect(report.nodes.map(({ mode, verdict }) => [mode, verdict])).toEqual(
      new Array(3).fill(['iptables', 'reachable']),
    )
    expect(report.findings).toEqual([])
  })

  test('an agent that is down, with empty maps, says nothing of what serves there', async () => {
    const bend = all(asCilium(), noAgent, remove(COUNTS), text(MAP, fixture('cilium/no-agent-cilium-bpf-lb-list.txt')))
    const entry = await entryOf(bend)
    expect([entry.verdict, entry.reason]).toEqual([
      'unknown',
      'Cilium’s agent does not answer, and what it left in the kernel was not read',
    ])
  })
})
