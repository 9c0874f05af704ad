/** Shell completion: kubectl runs `kubectl_complete-svcpath`, which asks here (pkg/cmd/plugin/plugin_completion.go of kubernetes/kubectl). */
import type { Interfaces } from '@oclif/core'
import { CATALOGUE } from './diagnose/catalogue.ts'
import type { KubeFlagValues } from './flags/kube.ts'

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
  const verb = before.find((word) => Object.hasOwn(verbs, word)) ?? 'trace'
  const { flags } = verbs[verb]!
  const given = readFlags(before, flags)
  const [head, part] = /^(--[\w-]+=)(.*)$/s.exec(typed)?.slice(1) ?? ['', typed]
  const asked = head ? head.slice(2, -1) : given.open
  if (asked !== null) {
    const candidates = await valuesOf(asked, flags, given.values, names)
    return candidates === null
      ? [FILES]
      : lines(
          candidates.map(([word, about]) => [`${head}${word}`, about]),
          `${head}${part}`,
        )
  }
  if (typed.startsWith('-')) return lines(flagWords(flags), typed)
  return lines(
    [...(given.free.length === 0 ? verbWords(verbs) : []), ...(await argumentsOf(verb, given, names))],
    typed,
  )
}

function lines(candidates: readonly Candidate[], typed: string): string[] {
  const fitting = candidates.filter(([word]) => word.startsWith(typed) && !/[\s\p{Cc}]/u.test(word))
  return [...fitting.map(([word, about]) => (about ? `${word}\t${about.split('\n')[0]}` : word)), NO_FILES]
}

interface Given {
  /** Flags with values, by their long names. */
  values: Record<string, string>
  switches: Set<string>
  /** What is neither a flag nor a flag's value. */
  free: string[]
  /** The flag whose value is being typed. */
  open: string | null
}

/** Reads the words before the one that is typed. What no flag is called is passed over: nobody wants an error while typing. */
function readFlags(words: readonly string[], flags: Interfaces.FlagInput): Given {
  const given: Given = { values: {}, switches: new Set(), free: [], open: null }
  for (const word of words) {
    if (given.open !== null) {
      given.values[given.open] = word
      given.open = null
      continue
    }
    const [, long, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? []
    const name =
      long ?? (/^-\w$/.test(word) ? Object.keys(flags).find((one) => flags[one]!.char === word[1]) : undefined)
    if (name === undefined) given.free.push(word)
    else if (value !== undefined) given.values[name] = value
    else if (flags[name]?.type === 'option') given.open = name
    else given.switches.add(name)
  }
  return given
}

/** Null: files. */
async function valuesOf(
  name: string,
  flags: Interfaces.FlagInput,
  values: KubeFlagValues,
  names: Names,
): Promise<Candidate[] | null> {
  const flag = flags[name]
  const plain = (all: readonly string[]): Candidate[] => all.map((word) => [word])
  if (flag?.type === 'option' && flag.options) return plain(flag.options)
  if (name === 'namespace' || name === 'debug-namespace') return plain(await names.namespaces(values))
  if (name === 'context') return plain(await names.contexts(values))
  if (name === 'node' || name === 'nodes') return plain(await names.nodes(values))
  if (name === 'ignore') return findings()
  return /^(filename|kubeconfig|report|certificate-authority|output|ssh-(key|config|known-hosts))$/.test(name)
    ? null
    : []
}

const flagWords = (flags: Interfaces.FlagInput): Candidate[] =>
  Object.entries(flags).flatMap(
    ([name, { char, description }]) =>
      [[`--${name}`, description], ...(char ? [[`-${char}`, description] as const] : [])] as Candidate[],
  )

const verbWords = (verbs: Readonly<Record<string, VerbShape>>): Candidate[] =>
  Object.entries(verbs).map(([name, { summary }]) => [name, summary])

const findings = (): Candidate[] => CATALOGUE.map(({ code, name }) => [code, name])

async function argumentsOf(verb: string, { free, values, switches }: Given, names: Names): Promise<Candidate[]> {
  const already = free.filter((word) => word !== verb)
  if (verb === 'explain') return findings().filter(([code]) => !already.includes(code))
  const many = verb === 'check'
  if (!(many || ((verb === 'trace' || verb === 'capture') && already.length === 0))) return []
  // Of a recording the names are in the file.
  if ('filename' in values) return []
  const services = await names.services(values, switches.has('all-namespaces'))
  return services.filter((word) => !already.includes(word)).map((word) => [word])
}
