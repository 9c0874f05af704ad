import type { Action, Counter, Match, Rule, RuleSource } from '../../model/rules.ts'
import { unseenPort } from '../unseen-port.ts'
import { coreMatches, moduleMatches, PORT_MODULES } from './matches.ts'
import type { Option } from './option.ts'
import { targetAction } from './targets.ts'
import { readOptions } from './words.ts'

/** What a rule's options come to. */
interface Meaning {
  matches: readonly Match[]
  actions: readonly Action[]
  counter: Counter | null
  comment: string | null
  /** What `-j` or `-g` names; null for a rule that only counts. */
  target: string | null
}

/** A rule that iptables printed. Its meaning is worked out when it is first asked for, and kept; its options are not. */
export abstract class IptablesRule implements Rule {
  private known: Meaning | null = null
  /** The rule as iptables spells it, in order; null where the line cannot be split. */
  abstract readonly options: readonly Option[] | null
  abstract readonly source: RuleSource
  /** The counter in front of the rule, where it has one. */
  protected abstract readonly leadingCounter: Counter | null
  /** Why the rule cannot be believed; null for a sound one. */
  protected abstract readonly fault: string | null
  /** The options of a rule that lost its end, but for the last of them. */
  protected get beforeCut(): readonly Option[] {
    return []
  }

  get matches(): readonly Match[] {
    return this.meaning.matches
  }
  get actions(): readonly Action[] {
    return this.meaning.actions
  }
  get counter(): Counter | null {
    return this.meaning.counter
  }
  get comment(): string | null {
    return this.meaning.comment
  }
  get target(): string | null {
    return this.meaning.target
  }

  get plainDestination(): string | undefined {
    return undefined
  }

  /** Lets go of what was worked out. */
  release(): void {
    this.known = null
  }

  private get meaning(): Meaning {
    this.known ??= this.fault === null ? this.soundMeaning() : this.cutMeaning(this.fault)
    return this.known
  }

  private soundMeaning(): Meaning {
    const options = this.options
    return options ? meaningOf(options, this.leadingCounter) : this.cutMeaning(CUT)
  }

  /** What the line says before its end still tells most packets that it is not for them. */
  private cutMeaning(text: string): Meaning {
    const matches = coreMatches(group(this.beforeCut).core)
    return { matches, actions: [{ kind: 'unknown', text }], counter: this.leadingCounter, comment: null, target: null }
  }
}

/** A line `[packets:bytes] -A CHAIN …` or `-A CHAIN …` of a text, from `start` to `end`. */
export class SavedRule extends IptablesRule {
  private readonly text: string
  private readonly start: number
  private readonly end: number
  private readonly line: number
  private readonly cut: boolean

  /** `cut`: the line may have lost its end. */
  constructor(text: string, start: number, end: number, line: number, cut = false) {
    super()
    this.text = text
    this.start = start
    this.end = end
    this.line = line
    this.cut = cut
  }

  /** The same rule, not believed. */
  distrusted(): SavedRule {
    return new SavedRule(this.text, this.start, this.end, this.line, true)
  }

  get source(): RuleSource {
    return { line: this.line, text: this.text.slice(this.start, this.end) }
  }

  /** `-d 10.96.0.1/32` at the rule's beginning, or behind `-s`: further on a comment may hold the same letters. */
  override get plainDestination(): string | undefined {
    if (this.fault !== null) return undefined
    // In the line alone: looked for in all of the text, what is not there costs as much as the text is long.
    const line = this.text.slice(this.start, this.end)
    const append = line.indexOf('-A ')
    const flag = line.indexOf(' -d ', append)
    if (flag < 0) return undefined
    const slash = line.indexOf('/32 ', flag)
    const quote = line.indexOf('"', append)
    const negated = line.charCodeAt(flag - 1) === 33
    if (negated || slash < 0 || slash > flag + 20 || (quote >= 0 && quote < flag)) return undefined
    return line.slice(flag + 4, slash)
  }

  get options(): readonly Option[] | null {
    const append = this.text.indexOf('-A ', this.start) + 3
    const afterChain = this.text.indexOf(' ', append)
    return afterChain < 0 || afterChain >= this.end ? [] : readOptions(this.text, afterChain, this.end)
  }

  protected override get beforeCut(): readonly Option[] {
    const afterChain = this.text.indexOf(' ', this.text.indexOf('-A ', this.start) + 3)
    return afterChain < 0 || afterChain >= this.end ? [] : (readOptions(this.text, afterChain, this.end, true) ?? [])
  }

  protected get leadingCounter(): Counter | null {
    if (this.text.charCodeAt(this.start) !== 91) return null
    return readCounter(this.text.slice(this.start + 1, this.text.indexOf(']', this.start)))
  }

  protected get fault(): string | null {
    return this.cut || this.text.charCodeAt(this.end - 1) === ELLIPSIS ? CUT : null
  }
}

/** A line that ends with it goes on where nobody sees it, as on a terminal that cuts what is too wide. */
const ELLIPSIS = 0x2026

/** A rule whose options were put together from a listing. */
export class ListedRule extends IptablesRule {
  readonly options: readonly Option[]
  readonly source: RuleSource
  protected readonly leadingCounter: Counter | null
  protected readonly fault: string | null

  constructor(options: readonly Option[], counter: Counter | null, source: RuleSource, fault: string | null) {
    super()
    this.options = options
    this.leadingCounter = counter
    this.source = source
    this.fault = fault
  }
}

/** What stands for the rest of a line that lost its end. */
const CUT = 'a line that is cut off'

function meaningOf(options: readonly Option[], leading: Counter | null): Meaning {
  const { core, modules, target, comment, counter } = group(options)
  const matches = coreMatches(core)
  for (const module of modules) {
    // `-m tcp` alone says no more than `-p tcp`.
    if (module.options.length > 0 || !PLAIN_MODULES.has(module.name)) matches.push(...moduleMatches(module))
  }
  const port = target ? unseenPort(matches, target.option.args[0] ?? '', comment) : null
  if (port) matches.push(port)
  return {
    // A list that grew has room for more, which a hundred thousand rules would keep.
    matches: matches.length > 0 ? matches.slice() : NO_MATCH,
    actions: target ? [targetAction(target.option, target.options)] : [],
    // `iptables -S -v` has the counter among the options, as `-c 1 60`.
    counter: leading ?? counter,
    comment,
    target: target?.option.args[0] ?? null,
  }
}

const NO_MATCH: readonly Match[] = []

interface Groups {
  core: Option[]
  modules: { name: string; options: Option[] }[]
  target: { option: Option; options: Option[] } | null
  comment: string | null
  counter: Counter | null
}

/** Sorts options by the module that they belong to: those after `-m x` are x's, those after `-j x` the target's. */
function group(options: readonly Option[]): Groups {
  const groups: Groups = { core: [], modules: [], target: null, comment: null, counter: null }
  let into = groups.core
  /** Options of the protocol's own module that stand elsewhere. */
  const ofProtocol: Option[] = []
  for (const option of options) {
    const { flag, args } = option
    if (flag === '-m') {
      into = []
      groups.modules.push({ name: args[0] ?? '', options: into })
    } else if (flag === '-j' || flag === '-g') {
      into = []
      groups.target = { option, options: into }
    } else if (flag === '-c') groups.counter = readCounter(args.join(':'))
    else if (flag === '--comment') groups.comment = groups.comment ? `${groups.comment} ${args[0]}` : (args[0] ?? '')
    else if (CORE.has(flag)) groups.core.push(option)
    else if (OF_PROTOCOL.has(flag) && !groups.target && !TAKE_PORTS.has(groups.modules.at(-1)?.name ?? ''))
      ofProtocol.push(option)
    else into.push(option)
  }
  if (ofProtocol.length > 0) impliedModule(groups).push(...ofProtocol)
  return groups
}

/** `-p tcp --dport 80` loads the protocol's module by itself (iptables(8), MATCH EXTENSIONS), whatever stands between them. Gives its options. */
function impliedModule({ core, modules }: Groups): Option[] {
  const protocol = core.find(({ flag, negation }) => flag === '-p' && negation === 'none')?.args[0] ?? ''
  const named = modules.find(({ name }) => name === protocol)
  if (named) return named.options
  const options: Option[] = []
  modules.push({ name: protocol, options })
  return options
}

const OF_PROTOCOL = new Set(['--sport', '--dport', '--syn', '--tcp-flags'])
const TAKE_PORTS = new Set(PORT_MODULES)

const PLAIN_MODULES = new Set(['tcp', 'udp', 'comment'])
const CORE = new Set(['-s', '-d', '-p', '-i', '-o', '-f', '-4', '-6'])

function readCounter(text: string): Counter | null {
  const colon = text.indexOf(':')
  const [packets, bytes] = [Number(text.slice(0, colon)), Number(text.slice(colon + 1))]
  return colon > 0 && isCount(packets) && isCount(bytes) ? { packets, bytes } : null
}

const isCount = (number: number): boolean => Number.isSafeInteger(number) && number >= 0
