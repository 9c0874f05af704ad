/** Data planes of which the service table alone is read: what it leads where is shown and held against the API, and no way is claimed. */
import { describe, expect, test } from 'vitest'
import { asCilium } from '../cilium.ts'
import { findingsIn, reportIn } from './bend.ts'
import { all, type Bend, each, edit, NODES, text } from './bendings.ts'

const WEB = /^10\.96\.244\.84:80\/TCP \(([1-5])\) +(\S+)\/TCP.*$/gm

/** What the API's endpoints of `web` are, in the forms of both tables. */
const table =
  (form: (backends: readonly string[]) => string, file: string): Bend =>
  (files) => {
    asCilium()(files)
    const backends = [...files.get('nodes/n1/cilium-bpf-lb-list.txt')!.matchAll(WEB)].map(([, , place]) => place!)
    for (const path of [...files.keys()]) if (/nodes\/[^/]+\/cilium-/.test(path)) files.delete(path)
    for (const node of NODES) files.set(`nodes/${node}/${file}`, form(backends))
  }

const OVN = table(
  (backends) =>
    `UUID                                    LB                  PROTO      VIP                     IPs
e1bb4ddd-9619-41cd-9678-a7c016d47efc    Service_shop/web    tcp        10.96.244.84:80         ${backends.join(',')}
`,
  'ovn-lb-list.txt',
)

const CALICO = table(
  (backends) =>
    `10.96.244.84 port 80 proto 6 id 18 count ${backends.length} local 0
${backends.map((one, i) => `\t18:${i} ${one}\n`).join('')}`,
  'calico-nat-dump.txt',
)

const ANTREA = table(
  (backends) =>
    `table=ServiceLB, n_packets=0, n_bytes=0, priority=200,tcp,reg4=0x10000/0x70000,nw_dst=10.96.244.84,tp_dst=80 actions=set_field:0x9->reg7,group:9
group_id=9,type=select,${backends
      .map((one, i) => {
        const [a, b, c, d] = one.split(/[.:]/).map((part) => Number(part).toString(16).padStart(2, '0'))
        return `bucket=bucket_id:${i},weight:100,actions=set_field:0x${a}${b}${c}${d}->reg3,set_field:0x1f90/0xffff->reg4,resubmit:EndpointDNAT`
      })
      .join(',')}
`,
  'antrea-ovsflows.txt',
)

const entryOf = async (bend: Bend) => {
  const { nodes } = await reportIn({ service: 'shop/web', files: bend })
  return nodes.find(({ name }) => name === 'n2')!.entries[0]!
}

describe.each([
  ['OVN-Kubernetes', OVN, 'nodes/n2/ovn-lb-list.txt', /10\.244\.\d+\.\d+:8080,/],
  ['Calico’s eBPF data plane', CALICO, 'nodes/n2/calico-nat-dump.txt', /10\.244\.\d+\.\d+:8080(?=\n)/],
  ['Antrea', ANTREA, 'nodes/n2/antrea-ovsflows.txt', /0x0af4[\da-f]{4}/],
] as const)('%s', (plane, bend, file, first) => {
  test('names its backends, and claims no way', async () => {
    const entry = await entryOf(bend)
    expect([entry.verdict, entry.outcome, entry.endpoints, entry.conntrack]).toEqual(['unknown', 'unknown', [], null])
    expect(entry.reason).toMatch(
      new RegExp(
        `^${plane} takes 10.96.244.84:80 and leads it to (10\\.\\S+:8080,? ?)+; what it does on the way is not known$`.replace(
          ',? ?)+;',
          '(, )?)+;',
        ),
      ),
    )
    expect(entry.rules[0]).toMatchObject({ table: 'service table', role: 'services', file })
    const findings = await findingsIn({ service: 'shop/web', files: bend })
    expect(findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual(NODES.map(() => 'SVP804 info'))
    expect(findings[0]!.message).toContain(`${plane} serves, of which no more than its table of services was read`)
  })

  test('a backend that is no endpoint', async () => {
    const by = { ovn: '10.244.9.9:8080,', cal: '10.244.9.9:8080', ant: '0x0af40909' }[file.slice(9, 12)]!
    const findings = await findingsIn({ service: 'shop/web', files: all(bend, edit(file, first, by)) })
    const drift = findings.filter(({ code }) => code === 'SVP332')
    expect(drift.map(({ node, message }) => [node, message])).toEqual([
      ['n2', `on n2 ${plane} leads 10.96.244.84:80 to 10.244.9.9:8080, which is no endpoint`],
    ])
    expect(drift[0]!.fix).toContain('spec.nodeName=n2')
  })
})

test('OVN: a service that the whole list does not hold', async () => {
  const gone = each((node) => edit(`nodes/${node}/ovn-lb-list.txt`, '10.96.244.84:80 ', '10.96.244.85:80 '))
  const findings = await findingsIn({ service: 'shop/web', files: all(OVN, gone) })
  expect(findings.filter(({ code }) => code === 'SVP332').map(({ message }) => message)).toEqual(
    NODES.map((name) => `on ${name} OVN-Kubernetes has nothing for 10.96.244.84:80, although endpoints are ready`),
  )
})

test('OVN: an address of its own for an endpoint on the node is no drift', async () => {
  const bend = all(OVN, edit('nodes/n2/ovn-lb-list.txt', /10\.244\.\d+\.\d+:8080,/, '169.254.0.2:8080,'))
  expect((await findingsIn({ service: 'shop/web', files: bend })).map(({ code }) => code)).not.toContain('SVP332')
})

test('Calico: a frontend of which lines are missing is held against nothing', async () => {
  const cut = edit('nodes/n2/calico-nat-dump.txt', /\t18:4.*\n/, '')
  const findings = await findingsIn({ service: 'shop/web', files: all(CALICO, cut) })
  expect(findings.map(({ code }) => code)).not.toContain('SVP332')
})

test('beside rules of kube-proxy’s that translate, a table is nothing that is walked', async () => {
  const bend = text('nodes/n2/ovn-lb-list.txt', 'UUID  LB  PROTO  VIP  IPs\n')
  expect((await entryOf(bend)).verdict).toBe('reachable')
})
