/**
 * A rule on the path that nobody can judge: it may match, or it may not. What is said then must hold either way, so nothing comes to light that the whole
 * capture does not show.
 */
import { describe, expect, test } from 'vitest'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import type { Service } from '../../src/model/cluster.ts'
import type { Observation } from '../../src/model/observation.ts'
import type { PathReport, Verdict, WalkedRule } from '../../src/model/report.ts'
import { observeFiles } from '../../src/observe/observation.ts'
import { traceService } from '../../src/trace/trace.ts'
import { CAPTURES, capturePath, IPVS_CAPTURES } from '../fixtures.ts'
import { around, filesOf, SERVICES } from './recorded.ts'

type Files = Awaited<ReturnType<typeof filesOf>>

const NODES = ['n1', 'n2', 'n3']
const ALL = [...CAPTURES, ...IPVS_CAPTURES].filter((name) => !/5000/.test(name))

describe.each(ALL)('%s', (name) => {
  // Each node with a third of the services: all have the same shapes of rules.
  test.each([...NODES.entries()])(
    '%i %s: says no more with a match on the path that is not understood',
    async (third, node) => {
      // Of the two dumps of nft the text has a line for each rule.
      const files = around(await filesOf(capturePath(name)), node).filter(({ path }) => !path.endsWith('/nft.json'))
      const whole = observe(files)
      const wrong = new Set<string>()
      for (const service of (whole.cluster.services ?? []).filter((one) => SERVICES.indexOf(one.name) % 3 === third)) {
        const before = reportOf(whole, service)
        for (const rule of rulesOf(before)) {
          const [doubted, without] = [changed(files, rule, doubt), changed(files, rule, () => '')]
          if (doubted === null || without === null) continue
          const worlds = [before, reportOf(observe(without), service)]
          const said = reportOf(observe(doubted), service)
          for (const one of overstated(said, worlds)) wrong.add(`${service.name}, ${rule.chain} ${rule.text}: ${one}`)
        }
      }
      expect([...wrong].join('\n')).toBe('')
    },
  )
})

const observe = (files: Files): Observation =>
  observeFiles(files, { source: 'capture', origin: 'capture', problems: [] })

const reportOf = (observation: Observation, service: Service): PathReport =>
  diagnose(observation, service, traceService(observation, service, { from: null, nodes: [], port: null }))

const rulesOf = ({ nodes }: PathReport): WalkedRule[] => [
  ...new Map(
    nodes
      .flatMap(({ entries }) => entries.flatMap(({ rules }) => rules))
      .map((rule) => [`${rule.file} ${rule.line}`, rule]),
  ).values(),
]

/** The files with another text in place of the rule's line; null where it has none of its own. */
function changed(files: Files, { file, line }: WalkedRule, change: (line: string) => string): Files | null {
  const found = files.find(({ path }) => path === file)
  const lines = found?.text.split('\n') ?? []
  const own = line === null ? undefined : lines[line - 1]
  if (!found || own === undefined || doubt(own) === own) return null
  return files.map((one) => (one === found ? { ...one, text: lines.with(line! - 1, change(own)).join('\n') } : one))
}

/** A rule with a match that no parser knows. */
const doubt = (line: string): string =>
  /^(\[\d+:\d+\] )?-A /.test(line)
    ? line.replace(/ -j /, ' -m foo --bar -j ')
    : /^\s+.*\b(jump|goto|dnat|vmap|accept|drop|reject|return)\b/.test(line)
      ? line.replace(/^\s*/, '$&xt match "foo" ')
      : line

/** What is wrong on the node however far its packets come. */
const OF_NODE = /^SVP(304|402|403|506) /

/** What is said although it is not so in one of the two worlds. */
function overstated(said: PathReport, worlds: readonly PathReport[]): string[] {
  const known = worlds.map((world) => new Set(errorsOf(world).map(({ key }) => key)))
  const verdicts = worlds.map((world) => new Map(ways(world)))
  return [
    ...errorsOf(said).flatMap(({ key, message }) =>
      OF_NODE.test(key) || known.every((keys) => keys.has(key)) ? [] : [`${key}: ${message}`],
    ),
    ...ways(said).flatMap(([way, verdict]) => {
      const real = verdicts.map((world) => world.get(way) ?? 'unknown')
      return verdict === 'unknown' || real.every((one) => isWell(one) === isWell(verdict))
        ? []
        : [`${way}: ${verdict}, where it is ${real.join(' or ')}`]
    }),
  ]
}

const isWell = (verdict: Verdict): boolean | null => (verdict === 'unknown' ? null : verdict === 'reachable')

/** Errors, but for what the finding itself says may be. */
const errorsOf = ({ findings }: PathReport) =>
  findings
    .filter(({ severity }) => severity === 'error')
    .flatMap(({ code, node, message, leadsTo }) => [
      { key: `${code} ${node}`, message },
      ...leadsTo.map((one) => ({ key: `${one.code} ${one.node}`, message: one.message })),
    ])
    .filter(({ message }) => !/ may /.test(message))

/** The service as a whole, and each of its entries. */
const ways = ({ verdict, nodes }: PathReport): [string, Verdict][] => [
  ['as a whole', verdict],
  ...nodes.flatMap(({ entries }) =>
    entries.map((one): [string, Verdict] => [
      `${one.kind} ${one.address}:${one.port}/${one.protocol} ${one.client}`,
      one.verdict,
    ]),
  ),
]
