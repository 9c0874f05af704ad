/** What changed between a capture and a bent copy of itself. */
import { describe, expect, test } from 'vitest'
import type { Change, DiffReport } from '../../src/model/diff/report.ts'
import { observeRecorded } from '../../src/observe/observation.ts'
import { endpoints, type Files, named, objects } from '../diagnose/bend.ts'
import { DUAL, edit, filter, forwardDrop, LEGACY, NFT, rules, sysctl, via, withoutRoute } from '../diagnose/bendings.ts'
import { CAPTURES, IPVS_CAPTURES, samplePath } from '../fixtures.ts'
import { diff, diffTo, HEALTHY, look, only } from './looks.ts'

const WEB = { service: 'shop/web' }
const noInput = async function* (): AsyncGenerator<Uint8Array> {}
const guilty = ({ services, changes }: DiffReport): string[] =>
  [...services.flatMap((one) => one.changes), ...changes].filter(({ changesWay }) => changesWay).map(text)
const text = ({ nodes, area, before, after, subject }: Change): string =>
  [nodes.join(','), area, area === 'rules' && !subject.startsWith('policy') ? '' : subject, `${before} → ${after}`]
    .filter(Boolean)
    .join(' ')

/** Other numbers wherever something is counted. */
function recount(files: Files): void {
  let next = 1
  const count = () => {
    next = (next * 48271) % 2147483647
    return String(next)
  }
  for (const [path, content] of files) {
    if (/(ip6?tables[^/]*|nft[^/]*)\.txt$/.test(path))
      files.set(
        path,
        content
          .replaceAll(/^\[\d+:\d+\]/gm, () => `[${count()}:${count()}]`)
          .replaceAll(/^(:\S+ \S+) \[\d+:\d+\]/gm, (_, head) => `${head} [${count()}:${count()}]`)
          .replaceAll(/counter packets \d+ bytes \d+/g, () => `counter packets ${count()} bytes ${count()}`),
      )
    if (/nft[^/]*\.json$/.test(path))
      files.set(
        path,
        content.replaceAll(/"(packets|bytes)": ?\d+/g, (_, what) => `"${what}": ${count()}`),
      )
    if (/(conntrack-stats|counters)\.txt$/.test(path)) files.set(path, content.replaceAll(/\b\d+\b/g, count))
    if (/sysctl\.txt$/.test(path)) files.set(path, content.replaceAll(/(nf_conntrack_count = )\d+/g, '$17'))
  }
}

describe('a capture and itself', () => {
  test.each([...CAPTURES, ...IPVS_CAPTURES].filter((name) => !name.includes('5000')))(
    '%s: no difference, whatever its counters say',
    async (capture) => {
      expect(await diffTo(recount, { capture })).toMatchObject({
        outcome: 'same',
        services: [],
        changes: [],
        unknowns: [],
      })
    },
  )

  test('rules in another order, endpoints drawn in another order', async () => {
    const report = await diffTo((files) => {
      const lines = files.get(rules('n1'))!.split('\n')
      const services = lines.filter((line) => /-A KUBE-SERVICES .*(cluster IP)/.test(line))
      const turned = services.toReversed()
      const swapped = lines.map((line) => (services.includes(line) ? turned.shift()! : line))
      files.set(rules('n1'), swapped.join('\n'))
    })
    expect(report).toMatchObject({ outcome: 'same', services: [], changes: [] })
  })

  test('comments and spelling of rules', async () => {
    const report = await diffTo((files) => {
      const content = files.get(rules('n1'))!
      files.set(rules('n1'), content.replaceAll(/ -m comment --comment "[^"]*cluster IP"/g, ''))
    }, WEB)
    expect(report).toMatchObject({ outcome: 'same', changes: [] })
  })
})

describe('what changes the way', () => {
  test('a rule that is gone from one node', async () => {
    const report = await diffTo(edit(rules('n2'), /^.*-A KUBE-SERVICES .*shop\/web cluster IP.*\n/m, ''), WEB)
    expect(report.outcome).toBe('worse')
    const service = only(report)
    expect(service.verdict).toEqual({ before: 'reachable', after: 'degraded' })
    expect(guilty(report)).toEqual([expect.stringMatching(/^n2 rules -A KUBE-SERVICES .* -j KUBE-SVC-\w+ → null$/)])
    expect(service.way.filter(({ endpoint }) => endpoint === null)).toMatchObject([
      { nodes: ['n2'], before: { outcome: 'dnat' }, after: { outcome: 'none' }, worse: true },
    ])
    expect(service.appeared.map(({ code, nodes }) => [code, ...nodes])).toEqual([['SVP302', 'n2']])
  })

  test('the same the other way round is no worse', async () => {
    const bent = await look(edit(rules('n2'), /^.*-A KUBE-SERVICES .*shop\/web cluster IP.*\n/m, ''))
    const report = diff(bent, await look(), WEB)
    expect(report.outcome).toBe('changed')
    expect(only(report).vanished.map(({ code }) => code)).toEqual(['SVP302'])
    expect(guilty(report)).toEqual([expect.stringMatching(/^n2 rules null → -A KUBE-SERVICES/)])
  })

  test.each([
    ['a policy', forwardDrop('n2'), 'n2 rules policy of FORWARD in ip filter ACCEPT → DROP'],
    [
      'a firewall',
      filter('n2', '-A FORWARD -p tcp -m tcp --dport 8080 -j DROP\n'),
      'n2 rules null → -A FORWARD -p tcp -m tcp --dport 8080 -j DROP',
    ],
    ['a route', withoutRoute('n1', '10.244.2.0/24'), 'n1 route 10.244.2.0/24 via 172.30.0.12 dev eth0 → null'],
    [
      'another next hop',
      via('n1', '10.244.2.0/24', '172.30.0.13'),
      'n1 route 10.244.2.0/24 via 172.30.0.12 dev eth0 → via 172.30.0.13 dev eth0',
    ],
    ['a setting', sysctl('n3', 'net.ipv4.ip_forward', '0'), 'n3 setting net.ipv4.ip_forward 1 → 0'],
  ])('%s', async (_, bend, expected) => {
    const report = await diffTo(bend, WEB)
    expect(report.outcome).toBe('worse')
    expect(guilty(report)).toEqual([expected])
  })

  test('an endpoint that is ready no longer, on all nodes alike', async () => {
    const report = await diffTo((files) => {
      endpoints(files, 'web', (all) =>
        all.map((one, i) => (i === 0 ? { ...one, conditions: { ready: false, serving: false } } : one)),
      )
    }, WEB)
    const { changes, way, outcome } = only(report)
    expect(outcome).toBe('worse')
    expect(changes).toMatchObject([{ area: 'endpoints', nodes: [], changesWay: true }])
    expect(way).toMatchObject([
      { nodes: ['n1', 'n2', 'n3'], endpoint: null, worse: true },
      { nodes: ['n1', 'n2', 'n3'], before: { state: 'ready' }, after: { state: 'notReady' } },
    ])
  })

  test('what changes beside it is told after it, and does not change it', async () => {
    const report = await diffTo((files) => {
      forwardDrop('n2')(files)
      sysctl('n1', 'net.ipv4.conf.all.rp_filter', '2')(files)
    }, WEB)
    expect(report.changes.map(({ subject, changesWay }) => [subject, changesWay])).toEqual([
      ['policy of FORWARD in ip filter', true],
      ['net.ipv4.conf.all.rp_filter', false],
    ])
  })

  test('an element of a map in nftables mode', async () => {
    const report = await diffTo(
      (files) => {
        const path = [...files.keys()].find((one) => /nodes\/n1\/nft\.json$/.test(one))!
        const { nftables } = JSON.parse(files.get(path)!)
        for (const { map } of nftables)
          if (map?.name === 'service-ips' && map.family === 'ip')
            map.elem = map.elem.filter((one: unknown) => !/-shop\/web\/tcp\/"/.test(JSON.stringify(one)))
        files.set(path, JSON.stringify({ nftables }))
      },
      { ...WEB, capture: NFT },
    )
    expect(report.outcome).toBe('worse')
    expect(guilty(report)).toEqual([
      expect.stringMatching(/^n1 rules service-ips: [\d.]+ \. tcp \. 80 : goto service-\w+-shop\/web\/tcp\/ → null$/),
    ])
  })
})

describe('what does not change the way', () => {
  test('a field of the Service that no node follows', async () => {
    const report = await diffTo((files) => {
      objects(files, 'services', (items) => {
        named(items, 'web').spec.selector = { app: 'other' }
      })
    }, WEB)
    expect(only(report).changes).toMatchObject([
      { area: 'service', subject: 'selector', before: 'app=web', after: 'app=other' },
    ])
  })

  test('versions, once for all nodes', async () => {
    const report = await diffTo((files) => {
      objects(files, 'nodes', (items) => {
        for (const { status } of items) status.nodeInfo.kubeletVersion = 'v1.99.0'
      })
    })
    expect(report.outcome).toBe('same')
    expect(report.changes).toMatchObject([
      { area: 'version', nodes: ['n1', 'n2', 'n3'], subject: 'kubelet', after: 'v1.99.0' },
    ])
  })
})

describe('services that came and went', () => {
  test('rules before and after two services were made', async () => {
    const [before, after] = await Promise.all(
      ['before', 'after'].map((when) =>
        observeRecorded([samplePath(`gke-1.2-kubenet/iptables-save-${when}.txt`)], noInput),
      ),
    )
    const report = diff(before!, after!)
    expect(report).toMatchObject({ outcome: 'changed', compared: 7, changes: [], unknowns: [] })
    expect(report.services.map(({ name, presence, changes }) => [name, presence, changes.length])).toEqual([
      ['apache', 'appeared', 9],
      ['nginx', 'appeared', 9],
    ])
    for (const { name, changes } of report.services)
      expect(changes.every(({ before: old, after: now }) => old === null && now!.includes(`default/${name}`))).toBe(
        true,
      )
    expect(diff(after!, before!).services.map(({ name, presence }) => [name, presence])).toEqual([
      ['apache', 'vanished'],
      ['nginx', 'vanished'],
    ])
  })

  test('a service that worked and is gone is worse; of one without endpoints it is only a change', async () => {
    const without = (name: string) => (files: Files) =>
      objects(files, 'services', (items) => items.splice(items.indexOf(named(items, name)), 1))
    expect(only(await diffTo(without('web'), { namespace: 'shop', service: 'shop/web' }))).toMatchObject({
      ...{ presence: 'vanished', outcome: 'worse', verdict: { before: 'reachable', after: null } },
    })
    expect((await diffTo(without('empty'), { service: 'shop/empty' })).outcome).toBe('changed')
  })
})

describe('what one side does not show', () => {
  const unread = (pattern: RegExp) => (files: Files) => {
    for (const path of files.keys()) if (pattern.test(path)) files.delete(path)
  }

  test.each([
    ['a node', /^nodes\/n3\//, { unknowns: [{ nodes: ['n3'], what: 'the node', missingIn: 'after' }] }],
    ['routes', /^nodes\/n3\/ip6?-route/, { unknowns: [{ nodes: ['n3'], what: 'the routes', missingIn: 'after' }] }],
    ['rules', /^nodes\/n3\/(ip6?tables|nft)/, {}],
    ['endpoints', /^api\/endpoint/, {}],
    ['services', /^api\/services/, {}],
  ])('%s', async (_, pattern, expected) => {
    for (const question of [{}, WEB]) {
      const report = await diffTo(unread(pattern), question)
      expect(report).toMatchObject({ outcome: 'unknown', ...(question === WEB ? expected : {}) })
      expect(report.services.flatMap(({ way, appeared, vanished }) => [...way, ...appeared, ...vanished])).toEqual([])
      expect(report.services.filter(({ presence }) => presence !== 'both')).toEqual([])
      const back = diff(await look(unread(pattern)), await look(), question)
      expect(back.outcome).toBe('unknown')
    }
  })

  test('a capture of another service does not say that this one is gone', async () => {
    const bent = await look((files) => {
      objects(files, 'services', (items) => items.splice(items.indexOf(named(items, 'web')), 1))
    })
    const report = diff(await look(), { ...bent, asked: 'shop/web-np' }, WEB)
    expect(only(report)).toMatchObject({ presence: 'both', outcome: 'unknown', unknowns: [{ missingIn: 'after' }] })
  })

  test('names that one side alone queried', async () => {
    const answered = async (right: boolean) => {
      const seen = await look()
      const pod = seen.cluster.pods!.find(({ name }) => name.startsWith('coredns'))!
      const [web] = seen.cluster.services!.filter(({ namespace, name }) => namespace === 'shop' && name === 'web')
      const values = right ? web!.clusterIPs : ['10.9.9.9']
      const asked = { pod: `kube-system/${pod.name}`, name: 'web.shop.svc.cluster.local', type: 'A' as const }
      return { ...seen, dnsAnswers: [{ ...asked, rcode: 'NOERROR', error: null, values }] }
    }
    const [right, wrong] = [await answered(true), await answered(false)]
    expect(diff(right, wrong, WEB)).toMatchObject({ outcome: 'worse', services: [{ appeared: [{ code: 'SVP202' }] }] })
    const report = diff(await look(), wrong, WEB)
    expect(report.outcome).toBe('unknown')
    expect(only(report).unknowns.map(({ missingIn }) => missingIn)).toContain('before')
  })

  test('a fragment of the rules does not say that services are gone', async () => {
    const before = await observeRecorded([samplePath('gke-1.2-kubenet/iptables-save-after.txt')], noInput)
    const after = await observeRecorded([samplePath('k3s-flannel/iptables-save-fragments.txt')], noInput)
    const { services } = diff(before, after)
    expect(services.filter(({ presence }) => presence === 'vanished')).toEqual([])
  })
})

test.each([
  [LEGACY, 'nodes/n2/iptables-legacy-save.txt', 'ip filter'],
  [DUAL, rules('n2'), 'ip filter'],
  [HEALTHY, rules('n2'), 'ip filter'],
])('%s: a policy', async (capture, path, table) => {
  const report = await diffTo(forwardDrop('n2', path), { ...WEB, capture })
  expect([report.outcome, guilty(report).length]).toEqual(['worse', 1])
  expect(guilty(report)[0]).toContain(table)
})
