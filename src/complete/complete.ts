/** Shell completion: kubectl runs `kubectl_complete-svcpath`, which asks here (pkg/cmd/plugin/plugin_completion.go of kubernetes/kubectl). */
import type { Interfaces } from '@oclif/core'
import { CATALOGUE } from '../diagnose/catalogue.ts'
import type { KubeFlagValues } from '../flags/kube.ts'
import { formatsOf } from '../flags/output.ts'
import { type FrontKind, parseFrontQuery } from '../model/front/query.ts'
import { type Line, readLine, splitValue } from './line.ts'

/** What completion needs to know of a verb. */
export interface VerbShape {
  summary?: string | undefined
  flags: Interfaces.FlagInput
}

/** Names out of the cluster and the kubeconfig. Each may take its time, fail, or give nothing. */
export interface Names {
  services(flags: KubeFlagValues & { namespace?: string | undefined }, everywhere: boolean): Promise<string[]>
  namespaces(flags: KubeFlagValues): Promise<string[]>
  nodes(flags: KubeFlagValues): Promise<string[]>
  contexts(flags: KubeFlagValues): Promise<string[]>
  /** Ingresses, HTTPRoutes or Gateways of the namespace. */
  fronts(kind: FrontKind, flags: KubeFlagValues & { namespace?: string | undefined }): Promise<string[]>
  /** What recordings hold; services as `shop/web`, what lies before them as `shop/ingress/web`. */
  recorded(files: readonly string[]): Promise<{ services: string[]; fronts: string[]; nodes: string[] }>
}

/** Cobra's directives: the last line that a completer prints. */
const [FILES, NO_FILES] = [':0', ':4']

/** A candidate and what it is. */
type Candidate = readonly [word: string, about?: string | undefined]

/**
 * The lines to print for the words after `kubectl svcpath`, of which the last is being typed. Candidates are those that begin with it; after a tab
 * stands what each is.
 */
export async function complete(
  words: readonly string[],
  verbs: Readonly<Record<string, VerbShape>>,
  names: Names,
): Promise<string[]> {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const [first] = before
  if (first === 'help') return before.length === 1 ? lines(verbWords(verbs), typed) : [NO_FILES]
  // A verb is one as the first word alone; elsewhere it is the name of a service.
  const isVerb = first !== undefined && Object.hasOwn(verbs, first)
  const verb = isVerb ? first : 'trace'
  const { flags } = verbs[verb]!
  const line = readLine(isVerb ? before.slice(1) : before, flags)
  const inOne = line.open === null && !line.ended ? splitValue(typed, flags) : null
  const asked = inOne?.flag ?? line.open
  if (asked !== null) return completeValue(asked, inOne?.head ?? '', inOne?.value ?? typed, flags, line, names)
  if (typed.startsWith('-') && !line.ended) return lines(flagWords(flags), typed)
  if (verb === 'diff') return completeDiff(typed, line, names)
  const start = before.length === 0 ? verbWords(verbs) : []
  return lines([...start, ...(await argumentsOf(verb, typed, line, names))], typed)
}

/** Captures, and behind the first one also a service of the cluster. Of two captures the names are in the files. */
async function completeDiff(typed: string, { free, values, switches }: Line, names: Names): Promise<string[]> {
  if (free.length !== 1) return [free.length === 0 ? FILES : NO_FILES]
  const services = await servicesFor(typed, values, switches.has('all-namespaces'), names)
  const [directive, ...candidates] = lines(
    services.map((word) => [word]),
    typed,
  ).toReversed()
  // Without candidates a shell offers files.
  return candidates.length > 0 ? [...candidates.toReversed(), directive!] : [FILES]
}

async function completeValue(
  flag: string,
  head: string,
  value: string,
  flags: Interfaces.FlagInput,
  line: Line,
  names: Names,
): Promise<string[]> {
  const candidates = await valuesOf(flag, flags, line, names)
  if (candidates === null) return [FILES]
  // Of a list the last is being typed.
  const before = flag === 'ignore' ? value.slice(0, value.lastIndexOf(',') + 1) : ''
  const given = before.split(',')
  const open = candidates.filter(([word]) => !given.includes(word))
  return lines(
    open.map(([word, about]) => [`${head}${before}${word}`, about]),
    `${head}${value}`,
  )
}

function lines(candidates: readonly Candidate[], typed: string): string[] {
  const fitting = candidates.filter(([word]) => word.startsWith(typed) && !/[\s\p{Cc}]/u.test(word))
  return [...fitting.map(([word, about]) => (about ? `${word}\t${about.split('\n')[0]}` : word)), NO_FILES]
}

/** Null: files. */
async function valuesOf(
  name: string,
  flags: Interfaces.FlagInput,
  { values, all }: Line,
  names: Names,
): Promise<Candidate[] | null> {
  const flag = flags[name]
  const plain = (some: readonly string[]): Candidate[] => some.map((word) => [word])
  if (flag?.type === 'option' && flag.options) return plain(flag.options)
  if (name === 'namespace' || name === 'debug-namespace') return plain(await names.namespaces(values))
  if (name === 'context') return plain(await names.contexts(values))
  if (name === 'node' || name === 'nodes')
    return plain(all.filename ? (await names.recorded(all.filename)).nodes : await names.nodes(values))
  if (name === 'ignore') return findings()
  const formats = flag && formatsOf(flag)
  if (formats) return plain(formats)
  return /^(filename|kubeconfig|report|certificate-authority|output|exceptions|ssh-(key|config|known-hosts))$/.test(
    name,
  )
    ? null
    : []
}

const flagWords = (flags: Interfaces.FlagInput): Candidate[] =>
  Object.entries(flags).flatMap(([name, flag]) =>
    flag.hidden
      ? []
      : ([
          [`--${name}`, flag.description],
          ...(flag.type === 'boolean' && flag.allowNo ? [[`--no-${name}`, `not: ${flag.description}`] as const] : []),
          ...(flag.char ? [[`-${flag.char}`, flag.description] as const] : []),
        ] as Candidate[]),
  )

const verbWords = (verbs: Readonly<Record<string, VerbShape>>): Candidate[] =>
  Object.entries(verbs).map(([name, { summary }]) => [name, summary])

const findings = (): Candidate[] => CATALOGUE.map(({ code, name }) => [code, name])

async function argumentsOf(
  verb: string,
  typed: string,
  { free, values, all, switches }: Line,
  names: Names,
): Promise<Candidate[]> {
  if (verb === 'explain') return findings().filter(([code]) => !free.includes(code))
  const one = (verb === 'trace' || verb === 'capture') && free.length === 0
  if (!(one || verb === 'check')) return []
  const fronts = await frontsFor(typed, values, all.filename, names)
  if (fronts !== null) return fronts.filter((word) => !free.includes(word)).map((word) => [word])
  const services = all.filename
    ? recordedNames((await names.recorded(all.filename)).services, typed, values.namespace)
    : await servicesFor(typed, values, switches.has('all-namespaces'), names)
  return services.filter((word) => !free.includes(word)).map((word) => [word])
}

/** Ingresses and routes as they are being called: `ingress/web`, `shop/ingress/web`. Null where something else is being typed. */
async function frontsFor(
  typed: string,
  values: KubeFlagValues & { namespace?: string | undefined },
  files: readonly string[] | undefined,
  names: Names,
): Promise<string[] | null> {
  const before = typed.slice(0, typed.lastIndexOf('/') + 1)
  const asked = parseFrontQuery(`${before}x`)
  if (asked === null) return null
  const namespace = asked.namespace ?? values.namespace
  if (files === undefined) {
    const found = await names.fronts(asked.kind, namespace === undefined ? values : { ...values, namespace })
    return found.map((name) => `${before}${name}`)
  }
  const known = (await names.recorded(files)).fronts.map((one) => parseFrontQuery(one)!)
  const fitting = known.filter(
    (one) => one.kind === asked.kind && (namespace === undefined || one.namespace === namespace),
  )
  return [...new Set(fitting.map(({ name }) => `${before}${name}`))]
}

/** A recording's services: with -n by their names, else as `shop/web`. */
function recordedNames(services: readonly string[], typed: string, namespace: string | undefined): string[] {
  if (namespace === undefined || typed.includes('/')) return [...services]
  return services.flatMap((one) => (one.startsWith(`${namespace}/`) ? one.slice(namespace.length + 1) : []))
}

/** Services as they are being called: `web`, `svc/web`, or `shop/web` of whatever namespace. */
async function servicesFor(
  typed: string,
  values: KubeFlagValues,
  everywhere: boolean,
  names: Names,
): Promise<string[]> {
  const [, before] = /^([^/]*)\//.exec(typed) ?? []
  if (before === undefined || everywhere) return names.services(values, everywhere)
  const isKind = /^(svc|services?)$/.test(before)
  const found = await names.services(isKind ? values : { ...values, namespace: before }, false)
  return found.map((name) => `${before}/${name}`)
}
