/** A look again: which nodes it reads, which services it judges, and what becomes of the others. */
import { expect, test } from 'vitest'
import type { Again } from '../../src/ask/source.ts'
import { waitForNodes } from '../../src/live/converge.ts'
import { settled } from '../../src/live/second-look.ts'
import type { Finding } from '../../src/model/finding.ts'
import { findingKeys } from '../../src/model/identity.ts'
import type { Observation } from '../../src/model/observation.ts'
import { type CheckOptions, checkChosen } from '../../src/report/check.ts'
import { checkAgain, driftingIn, whilePassing } from '../../src/report/check-again.ts'
import { capturePath } from '../fixtures.ts'
import { observe } from '../observations.ts'
import { makeFinding } from '../render/check/factory.ts'

const quick = { progress: { step() {}, say() {} } as never, pause: async () => {} }
/** Without the cause, what follows from it is told: rules that lag. */
const ignored = [{ code: 'SVP316', service: null }]
const OPTIONS: CheckOptions = { nodes: [], failOn: 'error', ignored, dns: false }
const ALL = { names: [], selector: null }
const stuck = () => observe(capturePath('broken-n2-kube-proxy-stuck'))
const judge = (observation: Observation) => checkChosen(observation, ALL, null, OPTIONS)
const proof = (node: string | null) => [{ node, command: 'x', file: '', line: null, text: '' }]
const nameOf = ({ namespace, name }: { namespace: string; name: string }) => `${namespace}/${name}`

test.each<[string, Partial<Finding>[], string[] | undefined]>([
  ['the node of a finding', [{ node: 'n2', evidence: [] }], ['n2']],
  [
    'all nodes of all findings',
    [{ node: 'n2' }, { node: null, onNodes: ['n3'], evidence: proof('n1') }],
    ['n2', 'n3', 'n1'],
  ],
  ['the other node that a finding shows', [{ node: 'n2', evidence: proof('n5') }], ['n2', 'n5']],
  ['none, where the API alone shows it', [{ node: null, evidence: proof(null) }], []],
  ['any, where nobody knows', [{ node: 'n2' }, { node: null, evidence: [] }], undefined],
  ['any, where a finding without a node shows one of several', [{ node: null, evidence: proof('n1') }], undefined],
])('reads %s', async (_, some, expected) => {
  const seen: (Again | null)[] = []
  await settled(quick, async (again) => {
    seen.push(again)
    const findings = some.map((one) => makeFinding({ code: 'SVP303', evidence: [], ...one }))
    return { result: null, findings }
  })
  expect(seen.map((again) => again?.nodes && [...again.nodes])).toEqual([undefined, expected])
})

test('waiting reads the nodes that are behind', async () => {
  const observation = await stuck()
  const seen: (string[] | null)[] = []
  const services = observation.cluster.services!.filter((one) => nameOf(one) === 'shop/web')
  await waitForNodes(quick, 2500, [], async (again) => {
    seen.push(again && [...again.nodes!])
    await new Promise((resolve) => setTimeout(resolve, 1200))
    return { observation, services, missing: [] }
  })
  expect(seen).toEqual([null, ['n2']])
})

test('judges the services of which something may pass, and leaves the others as they were', async () => {
  const observation = await stuck()
  const before = judge(observation)
  const drifting = driftingIn(before)
  expect(drifting.size).toBeGreaterThan(0)
  const after = checkAgain(before, observation, ALL, null, OPTIONS)
  expect(after).toEqual(before)
  const same = after.services.filter((one) => before.services.includes(one))
  expect(same.map(nameOf)).toEqual(before.services.map(nameOf).filter((name) => !drifting.has(name)))
})

test('a service that has gone is no longer judged', async () => {
  const observation = await stuck()
  const before = judge(observation)
  const [gone] = driftingIn(before)
  const services = observation.cluster.services!.filter((one) => nameOf(one) !== gone)
  const later = { ...observation, cluster: { ...observation.cluster, services } }
  const names = (report: typeof before) => report.services.map(nameOf)
  expect(names(checkAgain(before, later, ALL, null, OPTIONS))).toEqual(names(before).filter((name) => name !== gone))
})

test('what only the last look showed is a warning, and fails nothing', async () => {
  const before = judge(await stuck())
  const passing = new Set(before.services.flatMap(({ findings }) => findings.flatMap(findingKeys)))
  const after = whilePassing(before, passing, OPTIONS)
  const severities = (report: typeof before) =>
    report.services.flatMap(({ findings }) =>
      findings.filter(({ code }) => code === 'SVP303').map((one) => one.severity),
    )
  expect(new Set(severities(before))).toEqual(new Set(['error']))
  expect(new Set(severities(after))).toEqual(new Set(['warning']))
  expect(whilePassing(before, new Set(), OPTIONS)).toBe(before)
})
