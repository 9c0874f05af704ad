/** What makes a service fail, pass, or be unknown; and when rules and API are believed to differ. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkWanted, chooseServices } from '../../src/ask/check-services.ts'
import { allServices } from '../../src/ask/find.ts'
import { fold } from '../../src/diagnose/causes.ts'
import { chiSquaredTail } from '../../src/diagnose/chi-squared.ts'
import { isDrift, softened } from '../../src/diagnose/drift.ts'
import { waitForNodes } from '../../src/live/converge.ts'
import { settled } from '../../src/live/second-look.ts'
import type { Finding } from '../../src/model/finding.ts'
import { findingKeys } from '../../src/model/identity.ts'
import { parseLabelSelector } from '../../src/model/kube/label-selector.ts'
import { type CheckOptions, checkChosen, checkServices } from '../../src/report/check.ts'
import { exceptionText, readExceptions } from '../../src/report/exceptions.ts'
import { capturePath } from '../fixtures.ts'
import { observe } from '../observations.ts'
import { makeFinding } from '../render/check/factory.ts'

const healthy = () => observe(capturePath('k8s-1.36-iptables-nft-bridge'))
const stuck = () => observe(capturePath('broken-n2-kube-proxy-stuck'))

async function outcome(name: string, options: Partial<CheckOptions> = {}, capture = healthy) {
  const observation = await capture()
  const services = allServices(observation).filter((one) => one.name === name)
  return checkServices(observation, services, { nodes: [], failOn: 'error', ignored: [], dns: true, ...options })
}

describe('the outcome', () => {
  test.each<[string, Partial<CheckOptions>, string]>([
    ['web', {}, 'passed'],
    ['empty', {}, 'failed'],
    ['empty', { ignored: readExceptions(['SVP101']) }, 'passed'],
    ['web-local', {}, 'passed'],
    ['web-local', { failOn: 'warning' }, 'failed'],
    ['ext', {}, 'passed'],
  ])('%s %j: %s', async (name, options, expected) => {
    expect((await outcome(name, options)).outcome).toBe(expected)
  })

  test('a node that nobody read makes it unknown, and never passed', async () => {
    const whole = await healthy()
    const observation = {
      ...whole,
      nodes: whole.nodes.filter(({ name }) => name !== 'n3'),
      unread: [{ node: 'n3', reason: 'no answer within 5 s' }],
    }
    const report = await outcome('web', {}, async () => observation)
    expect(report.outcome).toBe('unknown')
    expect(report.services[0]!.findings).toMatchObject([{ code: 'SVP801', node: 'n3' }])
    expect((await outcome('web', { nodes: ['n1'] }, async () => observation)).outcome).not.toBe('failed')
  })

  test('sockets that could not be read are told, and leave the way as known as it is', async () => {
    const report = await outcome('web', {}, async () => ({ ...(await healthy()), source: 'live' }))
    expect(report.outcome).toBe('passed')
    const found = report.services[0]!.findings.filter(({ subject }) => subject.startsWith('the sockets'))
    expect(found).toMatchObject([{ code: 'SVP802', severity: 'info' }])
  })

  test('without the pods’ namespaces all that is not known then is told, and the way is as known as it is', async () => {
    const seen = await healthy()
    const nodes = seen.nodes.map((node) => ({ ...node, podInterfaces: null, sockets: null }))
    const report = await outcome('web', {}, async () => ({ ...seen, source: 'live', nodes }))
    expect(report.outcome).toBe('passed')
    const told = report.services[0]!.findings.filter(({ code }) => code === 'SVP802')
    expect(new Set(told.map(({ severity }) => severity))).toEqual(new Set(['info']))
    for (const code of ['SVP108', 'SVP503', 'SVP504'])
      expect(told.some(({ message }) => message.includes(code))).toBe(true)
  })

  test('only one node: its faults alone', async () => {
    expect((await outcome('web', { nodes: ['n1'] }, stuck)).outcome).toBe('passed')
    expect((await outcome('web', { nodes: ['n2'] }, stuck)).outcome).toBe('failed')
  })

  test('what follows from an ignored cause is no less there', async () => {
    const report = await outcome('web', { ignored: readExceptions(['SVP316']) }, stuck)
    expect(report.outcome).toBe('failed')
    expect(report.services[0]!.findings.map(({ code }) => code)).toEqual(['SVP303'])
  })
})

describe('what is asked for', () => {
  test('names, a selector, all of a namespace', async () => {
    const observation = await healthy()
    const names = (wanted: Parameters<typeof chooseServices>[1], namespace: string | null = null) =>
      chooseServices(observation, wanted, namespace).map(({ name }) => name)
    expect(names({ names: ['shop/web', 'web-np', 'web'], selector: null })).toEqual(['web', 'web-np'])
    expect(names({ names: [], selector: 'k8s-app=kube-dns' })).toEqual(['kube-dns'])
    expect(names({ names: [], selector: null }, 'default')).toEqual(['kubernetes'])
    expect(() => names({ names: [], selector: 'app=nobody' })).toThrow(/none of \d+ services has the labels app=nobody/)
    expect(() => names({ names: [], selector: null }, 'nowhere')).toThrow(/no services in the namespace nowhere/)
  })

  test('a name that no service has is a service that failed; what can be no name is wrong usage', async () => {
    const observation = await healthy()
    const options: CheckOptions = { nodes: [], failOn: 'error', ignored: [], dns: true }
    const check = (seen: typeof observation, ...names: string[]) =>
      checkChosen(seen, { names, selector: null }, 'shop', options)
    const report = check(observation, 'web', 'wbe', 'web-npx')
    expect(report.outcome).toBe('failed')
    expect(report.services.map(({ name, outcome: one }) => `${name} ${one}`)).toEqual([
      'web passed',
      'wbe failed',
      'web-npx failed',
    ])
    expect(report.services[1]!.unknowns[0]!.message).toMatch(/has no service of this name; did you mean shop\/web/)
    // Pasted rules need not be all.
    expect(check({ ...observation, source: 'rules' }, 'web', 'wbe').outcome).toBe('unknown')
    const odd = { names: ['web', '$(ls)'], selector: null }
    expect(() => checkWanted(odd, false, null, false)).toThrow(/is not a valid Service reference/)
    expect(() => check(observation, 'web', '10.9.9.9')).toThrow(/no service has 10\.9\.9\.9/)
  })

  test('what could not be read is told beside it', async () => {
    const observation = await healthy()
    const problem = { file: 'web.tgz', line: null, message: 'this archive is cut short' }
    const options: CheckOptions = { nodes: [], failOn: 'error', ignored: [], dns: false }
    const check = (seen: typeof observation) => checkChosen(seen, { names: ['web'], selector: null }, 'shop', options)
    expect(check({ ...observation, problems: [problem] }).notes).toEqual(['web.tgz: this archive is cut short'])
    expect(check({ ...observation, problems: [] })).not.toHaveProperty('notes')
  })

  test('words that contradict each other are said to', () => {
    const shop = { names: ['shop/web'], selector: null }
    expect(() => checkWanted(shop, false, 'kube-system', false)).toThrow(/namespace shop, and -n says kube-system/)
    expect(() => checkWanted(shop, false, 'shop', false)).not.toThrow()
    expect(() => checkWanted({ names: [], selector: null }, false, null, false)).toThrow(/which services/)
    expect(() => checkWanted({ names: ['web'], selector: 'a=b' }, false, null, false)).toThrow(/not both/)
    expect(() => checkWanted({ names: [], selector: 'a=b=c' }, false, null, false)).toThrow(/is not a label selector/)
    expect(() => checkWanted({ names: [], selector: null }, false, null, true)).not.toThrow()
  })

  test('findings to ignore go by code, number or name', () => {
    expect(readExceptions(['SVP205,svp303', '101', 'uneven-share=shop/*']).map(exceptionText)).toEqual([
      'SVP205',
      'SVP303',
      'SVP101',
      'SVP305=shop/*',
    ])
    expect(() => readExceptions(['SVP999'])).toThrow(/no such finding/)
  })
})

test.each<[string, Record<string, string>, boolean]>([
  ['app=web', { app: 'web' }, true],
  ['app==web,tier!=cache', { app: 'web' }, true],
  ['app=web,tier!=cache', { app: 'web', tier: 'cache' }, false],
  ['env in (a, b)', { env: 'b' }, true],
  ['env notin (a,b),app', { app: 'x' }, true],
  ['env notin (a,b)', { env: 'a' }, false],
  ['!app', { app: '' }, false],
  ['!app', {}, true],
  ['example.com/app', { 'example.com/app': 'x' }, true],
  ['app=', { app: '' }, true],
  ['toString', {}, false],
])('the selector %s on %j: %s', (selector, labels, fits) => {
  expect(parseLabelSelector(selector)!(labels)).toBe(fits)
})

test('junk is no label selector, and does no harm', () => {
  for (const text of ['', ',', '=', 'a=b=c', 'a in b', '(a)', 'a b', '-a']) expect(parseLabelSelector(text)).toBeNull()
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => parseLabelSelector(text)?.({})).not.toThrow()
    }),
  )
})

describe('drift', () => {
  const at = (code: string, node = 'n2') => makeFinding({ code, node })
  const quick = { progress: { step() {}, say() {} } as never, pause: async () => {} }

  async function looks(...all: ReturnType<typeof at>[][]) {
    let count = 0
    const { result, passing } = await settled(quick, async () => {
      const findings = all[Math.min(count, all.length - 1)]!
      count += 1
      return { result: findings, findings }
    })
    return { result, passing, count }
  }

  test('is looked at again, and what is gone by then is not told', async () => {
    expect(await looks([at('SVP303')], [])).toEqual({ result: [], passing: new Set(), count: 2 })
  })

  test('that stays is believed by the second look', async () => {
    const { result, passing, count } = await looks([at('SVP304')])
    expect([result.length, passing.size, count]).toEqual([1, 0, 2])
  })

  test('that wanders from node to node is a deploy, and told as a warning', async () => {
    const { result, passing, count } = await looks([at('SVP303', 'n1')], [at('SVP303', 'n2')], [at('SVP303', 'n3')])
    expect([result.length, passing.size, count]).toEqual([1, 1, 3])
    expect(softened(result, passing)).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('changing right now') },
    ])
  })

  test('that grows on one node is no deploy in passing: nobody follows there', async () => {
    const stale = (...subjects: string[]) => [
      makeFinding({ code: 'SVP303', node: 'n2', subject: subjects.join(), subjects }),
    ]
    const { passing, count } = await looks(stale('a'), stale('a', 'b'), stale('a', 'b', 'c'))
    expect(count).toBe(3)
    expect(softened(stale('a', 'b', 'c'), passing)).toMatchObject([{ severity: 'error' }])
  })

  test('other findings cost no second look', async () => {
    expect((await looks([at('SVP401')])).count).toBe(1)
    expect(isDrift('SVP401')).toBe(false)
    expect(findingKeys(at('SVP303'))).toEqual([expect.stringContaining('SVP303 n2')])
  })

  test('a node whose rules are not known has not converged', async () => {
    const whole = await healthy()
    const unread = whole.nodes.map((node) => (node.name === 'n2' ? { ...node, rulesets: [] } : node))
    const [web] = (await outcome('web', {}, async () => ({ ...whole, nodes: unread }))).services
    expect([web!.converged, web!.nodes, web!.outcome]).toEqual([2, 3, 'unknown'])
  })

  test('--wait ends when every node leads to what the API lists, or when its time is over', async () => {
    const [before, after] = [await stuck(), await healthy()]
    const web = (observation: typeof before) => ({
      observation,
      services: allServices(observation).filter(({ name }) => name === 'web'),
      missing: [],
    })
    const said: string[] = []
    const cluster = { progress: { say: (words: string) => said.push(words) } as never, pause: async () => {} }
    let count = 0
    const behind = await waitForNodes(cluster, 60_000, [], async () => web(count++ < 2 ? before : after))
    expect([behind, count]).toEqual([[], 3])
    expect(said).toEqual(['2 of 3 nodes have converged; waiting for n2', 'all 3 nodes have converged'])
    expect(await waitForNodes(cluster, 0, [], async () => web(before))).toEqual(['n2'])
    // A service that is yet to be made is waited for, too.
    said.length = 0
    count = 0
    await waitForNodes(cluster, 60_000, [], async () => ({ ...web(after), missing: count++ < 1 ? ['api'] : [] }))
    expect(said).toEqual(['3 of 3 nodes have converged; waiting for the service api', 'all 3 nodes have converged'])
  })
})

test('a consequence is told under its cause, on its own node only', () => {
  const findings = [
    makeFinding({ code: 'SVP304', node: 'n2' }),
    makeFinding({ code: 'SVP303', node: 'n2' }),
    makeFinding({ code: 'SVP304', node: 'n1' }),
    makeFinding({ code: 'SVP309', node: null, subject: 'n2', onNodes: ['n2'] }),
  ]
  const folded = fold(findings)
  expect(folded.map(({ code, node }) => `${code} ${node}`)).toEqual(['SVP303 n2', 'SVP304 n1'])
  expect(folded[0]!.consequences.map((one) => one.slice(0, 6))).toEqual(['SVP304', 'SVP309'])
})

test('a consequence that is worse than its cause makes it as bad', () => {
  const [root, ...others] = fold([
    makeFinding({ code: 'SVP316', severity: 'warning', node: 'n1' }),
    makeFinding({ code: 'SVP601', severity: 'error', node: 'n1' }),
  ])
  expect([root!.code, root!.severity, others]).toEqual(['SVP316', 'error', []])
})

test.each<[string, Partial<Finding>, Partial<Finding>]>([
  [
    'an address that is gone and no route to another',
    { code: 'SVP303', subject: '10.244.1.99:8080' },
    { code: 'SVP501', subject: '10.244.3.3:8080' },
  ],
  [
    'an address that is gone and a connection to another',
    { code: 'SVP303', subject: '10.244.1.99:8080' },
    { code: 'SVP601', subject: '10.244.9.9:8080' },
  ],
  [
    'a bridge that is down and no route to other nodes',
    { code: 'SVP503', subject: 'cni0', subjects: ['cni0', '10.244.2.2:8080'] },
    { code: 'SVP501', subject: '10.244.1.4:8080' },
  ],
  ['a drop by design and a REJECT', { code: 'SVP311', node: null }, { code: 'SVP310' }],
  ['no forwarding and a rule in FORWARD', { code: 'SVP401' }, { code: 'SVP403' }],
  [
    'a link that is down and a next hop by another',
    { code: 'SVP503', subject: 'cni0' },
    { code: 'SVP506', evidence: [{ ...makeFinding().evidence[0]!, text: '172.30.0.11 dev eth0 FAILED' }] },
  ],
  ['OUTPUT without its jump and an endpoint that pods miss', { code: 'SVP315', subject: 'OUTPUT' }, { code: 'SVP304' }],
  [
    'a kube-proxy that stands still and somebody else’s DROP',
    { code: 'SVP316' },
    { code: 'SVP310', evidence: [{ ...makeFinding().evidence[0]!, text: '-A PREROUTING -d 10.96.0.1/32 -j DROP' }] },
  ],
])('%s are two faults', (_what, one, other) => {
  expect(fold([makeFinding(one), makeFinding(other)])).toHaveLength(2)
})

test.each([
  // Quantiles as tables give them (NIST handbook, 1.3.6.7.4).
  [3.841, 1, 0.05],
  [6.635, 1, 0.01],
  [9.488, 4, 0.05],
  [13.816, 2, 0.001],
  [18.307, 10, 0.05],
  [124.342, 100, 0.05],
])('chi-squared %d with %d degrees of freedom has a tail of %d', (statistic, freedom, tail) => {
  expect(chiSquaredTail(statistic, freedom)).toBeCloseTo(tail, 4)
})

test('the tail of chi-squared falls from one to nothing', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 500, noNaN: true }), fc.integer({ min: 1, max: 200 }), (x, freedom) => {
      const [here, further] = [chiSquaredTail(x, freedom), chiSquaredTail(x + 1, freedom)]
      expect(here).toBeGreaterThanOrEqual(0)
      expect(here).toBeLessThanOrEqual(1 + 1e-12)
      expect(further).toBeLessThanOrEqual(here + 1e-12)
    }),
  )
})

describe('a move of the proxy to another mode', () => {
  const asked = { goal: 'nftables' as const }

  test('is told node by node, and fails nothing', async () => {
    const { migration, outcome: result } = await outcome('web-np', asked)
    expect(result).toBe('passed')
    expect(migration).toEqual({
      to: 'nftables',
      nodes: ['n1', 'n2', 'n3'].map((name) => ({ name, now: 'other', changes: 1, unread: [] })),
    })
  })

  test('is not told where nobody asked', async () => {
    expect(await outcome('web-np')).not.toHaveProperty('migration')
  })

  test('fails a service by a warning alone, where warnings do', async () => {
    const whole = await healthy()
    const old = async () => ({ ...whole, nodes: whole.nodes.map((node) => ({ ...node, kernel: '5.4.0' })) })
    expect((await outcome('web-np', asked, old)).outcome).toBe('passed')
    expect((await outcome('web-np', { ...asked, failOn: 'warning' }, old)).outcome).toBe('failed')
    expect((await outcome('web-np', { ...asked, failOn: 'warning' })).outcome).toBe('passed')
  })

  test('of a node that nobody read is not known', async () => {
    const whole = await healthy()
    const { migration } = await outcome('web-np', asked, async () => ({
      ...whole,
      nodes: whole.nodes.filter(({ name }) => name !== 'n3'),
      unread: [{ node: 'n3', reason: 'no answer within 5 s' }],
    }))
    expect(migration!.nodes[2]).toEqual({
      ...{ name: 'n3', now: 'unread', changes: 0, unread: [] },
      reason: 'no answer within 5 s',
    })
  })

  test('is not to come where it is made', async () => {
    const { migration } = await outcome('web-np', asked, () => observe(capturePath('k8s-1.36-nftables-dualstack-ptp')))
    expect(migration!.nodes.map(({ now }) => now)).toEqual(['there', 'there', 'there'])
  })
})
