/** `check`: services judged, live or in a recording, and printed in whatever formats a pipeline wants. */
import { Chalk } from 'chalk'
import { checkWanted, chooseServices, type WantedServices } from '../ask/check-services.ts'
import type { Again, Expected, Seen, Sight } from '../ask/source.ts'
import { CATALOGUE } from '../diagnose/catalogue.ts'
import { type ReportFile, writeReports } from '../flags/report.ts'
import type { LiveOptions } from '../live/cluster.ts'
import type { CheckReport } from '../model/check.ts'
import type { Service } from '../model/cluster.ts'
import { NOT_FOUND, NoServiceError, SvcpathError, usageError } from '../model/errors.ts'
import { type FrontQuery, parseFrontQuery } from '../model/front/query.ts'
import type { Io } from '../model/io.ts'
import { printable } from '../model/printable.ts'
import type { CollectRequest } from '../model/request.ts'
import { hideSecrets } from '../model/secrets.ts'
import { renderFailure } from '../render/check/failure.ts'
import { renderCheck } from '../render/check/render.ts'
import { type CheckOutput, isPage, isSelecting, type Selecting } from '../render/outputs.ts'
import { terminal } from '../render/terminal.ts'
import { type CheckOptions, checkChosen } from '../report/check.ts'
import { checkAgain, driftingIn, whilePassing } from '../report/check-again.ts'
import { checkRoutes } from '../report/check-routes.ts'
import { readExceptions } from '../report/exceptions.ts'
import { missingServices } from '../report/missing.ts'
import { OUTCOME_CODES } from '../report/outcome.ts'
import { askOf, meantNamespace } from './check-ask.ts'
import { exceptionsFile } from './exceptions-file.ts'
import { formatted } from './print.ts'
import { expectMuchWork, inLittleRoom, inMeasuredRoom } from './room.ts'
import { sourceOf } from './source.ts'
import { Stopwatch } from './stopwatch.ts'

export interface CheckWords {
  wanted: WantedServices
  /** Recordings; null: the cluster. */
  files: readonly string[] | null
  namespace: string | null
  everywhere: boolean
  failOn: CheckOptions['failOn']
  /** Findings to leave out, of all services or of one: `SVP205,SVP311=shop/web`. */
  ignored: readonly string[]
  /** The file of exceptions; null: `.svcpath.yaml`, where there is one. */
  exceptions: string | null
  /** Make a few real connections to each service. */
  probe: boolean
  /** Where to keep what was seen as a capture, unless all passed; null: nowhere. */
  capture: { file: string; redact: boolean } | null
  /** How long nodes are given to follow before they are judged; null: not at all. */
  waitMs: number | null
  dns: boolean
  /** The mode of the proxy that somebody wants to move to; null: nobody asked. */
  migrate: CheckOptions['goal'] | null
  live: LiveOptions
  output: CheckOutput | Selecting
  reports: readonly ReportFile[]
  verbose: boolean
}

/** Resolves to the exit code. */
export async function checkVerb(words: CheckWords, io: Io): Promise<number> {
  const { output, verbose, reports } = words
  const watch = new Stopwatch()
  const report = await reportOf(words, watch, io).catch((error: Error) => {
    tellFailure(error, words, io)
    throw error
  })
  const { services } = report
  const times = watch.times()
  const look = { ...terminal(io.stdout, io.env, io.stderr), verbose }
  const text = await formatted(
    output,
    // For a loop over those that somebody has to look at.
    () => ({ document: report, rows: services, services: services.filter(({ outcome }) => outcome !== 'passed') }),
    (format) => inMeasuredRoom(() => renderCheck(report, format, look, CATALOGUE, times)),
  )
  io.stdout.write(text)
  const plain = { colour: new Chalk({ level: 0 }), width: null }
  writeReports(
    reports.map(({ format, file }) => {
      // What a program reads is never cut; a page is for people, who say by a flag that they want all.
      const whole = verbose || !isPage(format)
      return { file, text: renderCheck(report, format, { ...plain, verbose: whole }, CATALOGUE, times) }
    }),
  )
  return exitCode(report)
}

async function reportOf(words: CheckWords, watch: Stopwatch, io: Io): Promise<CheckReport> {
  const { wanted, namespace, everywhere, output, reports } = words
  const source = sourceOf(words.files, { ...words.live, keepFiles: words.capture !== null }, io)
  checkWanted(wanted, everywhere, namespace, !source.isLive)
  if (words.probe && !source.isLive)
    throw usageError('--probe needs a cluster', 'a recording (-f) takes no connections')
  if (words.capture && !source.isLive)
    throw usageError('--capture needs a cluster', 'what -f reads is recorded already')
  const { exceptions, ended } = exceptionsFile(words.exceptions, io.now())
  const options: CheckOptions = {
    timed: watch.timed,
    nodes: words.live.reach.nodes,
    failOn: words.failOn,
    ignored: [...readExceptions(words.ignored), ...exceptions],
    dns: wanted.names.length > 0,
    ...(words.migrate ? { goal: words.migrate } : {}),
    perNode: [output, ...reports.map(({ format }) => format)].includes('openmetrics'),
  }
  const work = () => source.open((sight) => judge(sight, words, options, io))
  const judged = await (source.isLive ? work() : inLittleRoom(work))
  return ended.length > 0 ? { ...judged, notes: [...(judged.notes ?? []), ...ended] } : judged
}

/** Whoever waits for a format gets one that says why there is no result. */
function tellFailure(error: Error, { output, reports }: CheckWords, { stdout }: Io): void {
  const failure = {
    message: hideSecrets(error.message),
    hint: error instanceof SvcpathError ? error.hint : null,
  }
  stdout.write(isSelecting(output) ? '' : (renderFailure(failure, output) ?? ''))
  writeReports(
    reports.flatMap(({ format, file }) => {
      const text = renderFailure(failure, format)
      return text === null ? [] : [{ file, text }]
    }),
  )
}

/** Where nothing worse was found than names that no service has, the code says so. */
function exitCode({ services, outcome }: CheckReport): number {
  const failed = services.filter((one) => one.outcome === 'failed')
  return failed.length > 0 && failed.every(({ missing }) => missing) ? NOT_FOUND : OUTCOME_CODES[outcome]
}

/** Judges the services that are meant. Where rules and API differ the nodes are looked at again, since they follow within a second or so. */
async function judge(sight: Sight, words: CheckWords, options: CheckOptions, io: Io): Promise<CheckReport> {
  const { wanted, waitMs } = words
  const front = parseFrontQuery(wanted.names[0] ?? '')
  if (front !== null && words.probe)
    throw usageError(`--probe ${wanted.names[0]}: probe connects to Services`, 'name the Services that it leads to')
  if (front !== null && words.capture)
    throw usageError(
      '--capture keeps what was seen of Services',
      `kubectl svcpath capture ${wanted.names[0]} keeps a route`,
    )
  if (front !== null) return judgeRoutes(sight, words, options, front)
  let listed = false
  const look = async (parts: CollectRequest['parts'], again: Again | null) => {
    const seen = await sight.look({ ...askOf(words, parts, listed), again }).catch((error: unknown) => {
      // One name alone is read by itself. Where it is not there, it is judged as one of several would be: all are listed.
      if (listed || !(error instanceof NoServiceError)) throw error
      listed = true
      return sight.look({ ...askOf(words, parts, listed), again }).catch(() => Promise.reject(error))
    })
    // The answer is printed once, with what the counters do by then.
    const last = (parts === 'all' ? await sight.grown(seen) : null) ?? seen
    return { seen: last, observation: last.observation, namespace: meantNamespace(words, last.namespace) }
  }
  const expected = async (again: Again | null): Promise<Expected> => {
    const { observation, namespace } = await look('rules', again)
    const missing = missingServices(observation, wanted, namespace).map((one) => one.name)
    return { observation, services: chooseServices(observation, wanted, namespace), missing }
  }
  const began = performance.now()
  const behind = waitMs === null ? null : await sight.converged(waitMs, options.nodes, expected)
  const convergedAfter = behind?.length === 0 ? { convergedAfter: Math.round(performance.now() - began) / 1000 } : {}
  let known: CheckReport | null = null
  const { result, passing } = await sight.settled(async (again) => {
    const services = known && driftingIn(known)
    const { seen, observation, namespace } = await look('all', again && { ...again, ...(services ? { services } : {}) })
    const before = known
    if (observation.nodes.length * chooseServices(observation, wanted, namespace).length > MANY) expectMuchWork()
    const judged = () =>
      before
        ? checkAgain(before, observation, wanted, namespace, options)
        : checkChosen(observation, wanted, namespace, options)
    const report = inMeasuredRoom(judged)
    known = report
    return {
      result: { report, seen, observation, namespace },
      findings: report.services.flatMap(({ findings }) => findings),
    }
  })
  const { observation, namespace } = result
  const probed = words.probe
    ? await probeAll(sight, chooseServices(observation, wanted, namespace), options.nodes)
    : null
  const report = probed ? checkChosen(observation, wanted, namespace, { ...options, probed }) : result.report
  const final = { ...whilePassing(report, passing, options), ...convergedAfter }
  if (words.capture && final.outcome !== 'passed') await keep(sight, result.seen, words.capture, words, io)
  return final
}

/** What the verdict rests on, for whoever looks into it when the cluster has changed. */
async function keep(
  sight: Sight,
  seen: Seen,
  { file, redact }: NonNullable<CheckWords['capture']>,
  words: CheckWords,
  io: Io,
) {
  sight.done()
  // The answer is worth more than what it rests on.
  const where = await sight.save!(seen, file, redact).catch(
    (error: Error) => `warning: --capture ${file}: ${hideSecrets(error.message)}`,
  )
  if (!words.live.quiet) io.stderr.write(`${printable(where)}\n`)
}

async function probeAll({ prober, ...sight }: Sight, services: readonly Service[], nodes: readonly string[]) {
  if (!prober) return null
  const { probeServices } = await import('./check-probe.ts')
  return probeServices({ ...sight, prober }, services, nodes)
}

/** Judges an Ingress, HTTPRoute or Gateway with the Services that it leads to. */
async function judgeRoutes(
  sight: Sight,
  words: CheckWords,
  options: CheckOptions,
  query: FrontQuery,
): Promise<CheckReport> {
  const [name] = words.wanted.names
  const flag = words.waitMs !== null ? '--wait' : words.migrate !== null ? '--migrate' : null
  if (flag !== null) throw usageError(`${flag} does not go with ${name}`, 'check the Services that it leads to')
  const { result, passing } = await sight.settled(async () => {
    const first = await sight.look(askOf(words, 'all', false))
    const { observation, namespace } = (await sight.grown(first)) ?? first
    const question = { query, namespace, from: null, nodes: options.nodes }
    const judged = (seen: CheckOptions) => checkRoutes(observation, question, seen)
    const report = judged(options)
    return { result: { report, judged }, findings: report.services.flatMap(({ findings }) => findings) }
  })
  return passing.size === 0 ? result.report : result.judged({ ...options, passing })
}

/** Services times nodes, from which on it pays that V8 compiles for speed. */
const MANY = 300
