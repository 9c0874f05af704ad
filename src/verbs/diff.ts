/** `diff`: two recordings, or one and the cluster as it is now, held against each other. */
import { checkNamespace, lookUp } from '../ask/choose.ts'
import type { Ask, Seen, Sight } from '../ask/source.ts'
import { compareLooks } from '../compare/compare.ts'
import type { LiveOptions } from '../live/cluster.ts'
import type { DiffReport } from '../model/diff/report.ts'
import { NoServiceError, SvcpathError, usageError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import { parseFrontQuery } from '../model/front/query.ts'
import type { Io } from '../model/io.ts'
import type { Observation } from '../model/observation.ts'
import { parseQuery } from '../model/query.ts'
import { observeRecorded } from '../observe/observation.ts'
import { renderDiff } from '../render/diff/render.ts'
import type { DiffOutput } from '../render/outputs.ts'
import { terminal } from '../render/terminal.ts'
import { pathReport } from '../report/path.ts'
import { readDiffWords } from './diff-words.ts'
import { expectMuchWork } from './room.ts'
import { sourceOf } from './source.ts'

export interface DiffWords {
  /** BEFORE, AFTER and SERVICE, as they were typed. */
  words: readonly string[]
  namespace: string | null
  everywhere: boolean
  dns: boolean
  live: LiveOptions
  output: DiffOutput
  verbose: boolean
}

/** Resolves to the exit code: 0 the same way, 3 changed for the worse, 4 not everything can be compared, 5 changed otherwise. */
export async function diffVerb(words: DiffWords, io: Io): Promise<number> {
  expectMuchWork()
  const { namespace, live, output, verbose } = words
  const wanted = await readDiffWords(words.words)
  if (wanted.service !== null) {
    checkService(wanted.service)
    checkNamespace(wanted.service, namespace)
  }
  const before = await observeRecorded([wanted.before], () => io.stdin)
  const service = wanted.service ?? (namespace === null && !words.everywhere ? serviceOf(before) : null)
  const source = sourceOf(wanted.after === null ? null : [wanted.after], live, io)
  const ask = askOf(words, service, before, source.isLive)
  const { nodes } = live.reach
  const report = await source.open(async (sight) => {
    const { result: seen } = await sight.settled(async (again) => {
      const found = await lookOrAll(sight, { ...ask, again })
      checkNames(before, found.observation)
      return { result: found, findings: findingsOf(found, service, nodes) }
    })
    sight.done()
    return compareLooks(before, seen.observation, { service, namespace: seen.namespace, nodes })
  })
  io.stdout.write(renderDiff(report, output, { ...terminal(io.stdout, io.env, io.stderr), verbose }))
  return EXIT_CODES[report.outcome]
}

/** What lies before a Service is not compared. */
function checkService(text: string): void {
  const front = parseFrontQuery(text)
  if (front !== null)
    throw usageError(
      `diff compares Services, and ${text} is of the kind ${front.kind}`,
      `name one of the Services that it leads to; kubectl svcpath ${text} shows them, also with -f CAPTURE`,
    )
}

/** A service that is gone is a change: then all of its namespace is read, where it is not found. */
async function lookOrAll(sight: Sight, ask: Ask): Promise<Seen> {
  return sight.look(ask).catch((error: unknown) => {
    if (!(error instanceof NoServiceError) || ask.service === null) throw error
    const query = parseQuery(ask.service)
    const namespace = (query.kind === 'name' ? query.namespace : null) ?? ask.namespace
    return sight.look({ ...ask, service: null, namespace })
  })
}

/** What may be about to pass: nodes follow the API within a second or so. */
function findingsOf(
  { observation, namespace }: Seen,
  service: string | null,
  nodes: readonly string[],
): readonly Finding[] {
  if (service === null || observation.source !== 'live') return []
  const found = lookUp(observation, service, namespace)
  if (!('service' in found)) return []
  return pathReport(observation, { service, namespace, port: null, from: null, nodes }).findings
}

const EXIT_CODES: Record<DiffReport['outcome'], number> = { same: 0, worse: 3, unknown: 4, changed: 5 }

/** What a capture of one service was taken of is what it is compared for. */
const serviceOf = ({ asked }: Observation): string | null => {
  const name = asked?.replace(/^service /, '') ?? ''
  // Of an Ingress or a route (three words) all Services of its capture are compared.
  return name.split('/').length === 2 ? name : null
}

function askOf(
  { namespace, everywhere, dns }: DiffWords,
  service: string | null,
  before: Observation,
  isLive: boolean,
): Ask {
  const { asked } = before
  const common = { from: null, dns: dns && service !== null, parts: 'all' } as const
  if (!isLive || service !== null || namespace !== null || everywhere)
    return { service, namespace, everywhere, ...common }
  if (asked === undefined)
    throw usageError(
      'which services?',
      'this capture does not say what it was taken of: name a SERVICE, or compare all with -A or -n NAMESPACE',
    )
  if (asked.includes('/'))
    throw usageError(
      'which services?',
      `this capture was taken of ${asked}: name one of the SERVICES that it leads to, or compare all with -n ${asked.split('/')[0]}`,
    )
  const own = asked === 'all' ? null : asked.replace(/^namespace /, '')
  return { service, namespace: own, everywhere: own === null, ...common }
}

/** Each capture is redacted with names of its own. */
function checkNames(before: Observation, after: Observation): void {
  if (!before.redacted && !after.redacted) return
  const names = new Set(before.nodes.map(({ name }) => name))
  if (after.nodes.some(({ name }) => names.has(name))) return
  throw new SvcpathError('a redacted capture has other names than the cluster, and than other captures', {
    hint: 'compare the captures as they were before they were redacted',
  })
}
