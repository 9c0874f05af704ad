import type { Chain, Counter, Hook, NamedSet, Table, TableGap } from '../../model/rules.ts'
import { known } from '../parsed.ts'
import { type IptablesRule, SavedRule } from './rule.ts'

/** The name of a table until it is guessed. */
export const UNNAMED = '?'

/** A table of iptables, with what is needed to print it back as iptables-save does. */
export class IptablesTable implements Table {
  name: string
  family: 'ip' | 'ip6' = 'ip'
  readonly chains = new Map<string, IptablesChain>()
  readonly sets = new Map<string, NamedSet>()
  whole = false
  /** `COMMIT` was seen. */
  committed = false
  /** Lines between its own were no rules. */
  damaged = false
  readonly gaps: TableGap[] = []
  /** Comment lines before `*name`. */
  readonly preamble: readonly string[]

  constructor(name: string, preamble: readonly string[] = []) {
    this.name = name
    this.preamble = preamble
  }

  /** Chains that an input of iptables-restore takes away. */
  readonly removed = new Set<string>()

  /** Chains whose rules were asked for, and can be read again. */
  private readonly used: IptablesChain[] = []
  private usedRules = 0

  /** A chain's rules were read. */
  use(chain: IptablesChain, rules: number): void {
    this.used.push(chain)
    this.usedRules += rules
  }

  release(): void {
    if (this.usedRules < WORTH_RELEASING) return
    this.usedRules = 0
    const kept = this.used.splice(0).filter((chain) => !chain.release())
    this.used.push(...kept)
  }

  /** Takes a chain away that was declared to be emptied first, as kube-proxy does. */
  remove(name: string): boolean {
    if (this.chains.get(name)?.declared !== true) return false
    this.chains.delete(name)
    this.removed.add(name)
    return true
  }

  get builtIns(): string[] {
    return [...this.chains.values()].filter(({ name, declared }) => declared && name in HOOKS).map(({ name }) => name)
  }

  /** Are all built-in chains in the text that the kernel gives such a table? */
  get hasBuiltIns(): boolean {
    return (known(BUILT_IN, this.name) ?? []).every((name) => this.chains.get(name)?.declared)
  }

  /** The chain of that name, made on first mention. */
  chain(name: string): IptablesChain {
    let chain = this.chains.get(name)
    if (!chain) {
      chain = new IptablesChain(name, this)
      this.chains.set(name, chain)
    }
    return chain
  }
}

/** So many rules were read of a table before they are let go of. */
const WORTH_RELEASING = 500

/** A chain of more rules is that of many services: it is asked again for the next one. */
const MANY_RULES = 64

/** A chain whose lines are parsed when its rules are first asked for. There may be tens of thousands on each of many nodes, so it takes little room. */
export class IptablesChain implements Chain {
  readonly name: string
  policy: 'accept' | 'drop' | null = null
  counter: Counter | null = null
  /** False for a chain that only rules name, as in a fragment. */
  declared = false
  private readonly table: IptablesTable
  /** Rules that are in no text; null: none. */
  private added: IptablesRule[] | null = null
  /** Null where they were not read yet, or let go of. */
  private parsed: IptablesRule[] | null = null
  private text = ''
  /** The first run of its lines: where it begins and ends, and the number of its first line; and the others, where there are any. */
  private start = -1
  private end = -1
  private line = 0
  private others: number[] | null = null
  private cut = false

  constructor(name: string, table: IptablesTable) {
    this.name = name
    this.table = table
  }

  get base(): Chain['base'] {
    const hook = known(HOOKS, this.name)
    const priority = known(PRIORITY, this.table.name)
    if (!hook || priority === undefined) return null
    // nat stands at -100 on the way in and at 100 on the way out: NF_IP_PRI_NAT_DST and NF_IP_PRI_NAT_SRC.
    const late = this.table.name === 'nat' && (hook === 'postrouting' || hook === 'input')
    // A new mark of mangle's OUTPUT makes the kernel look for another route: ipt_mangle_out in iptable_mangle.c.
    const reroutes = this.table.name === 'mangle' && hook === 'output'
    const type = this.table.name === 'nat' ? 'nat' : reroutes ? 'route' : 'filter'
    return { hook, priority: late ? 100 : priority, type }
  }

  get declaration(): string {
    const counted = this.counter ? ` [${this.counter.packets}:${this.counter.bytes}]` : ''
    return `*${this.table.name} :${this.name} ${(this.policy ?? '-').toUpperCase()}${counted}`
  }

  get rules(): readonly IptablesRule[] {
    this.parsed ??= this.read()
    return this.parsed
  }

  private read(): IptablesRule[] {
    const rules = [...(this.added ?? [])]
    if (this.start < 0) return rules
    this.readRun(this.start, this.end, this.line, rules)
    const others = this.others ?? []
    for (let i = 0; i < others.length; i += 3) this.readRun(others[i]!, others[i + 1]!, others[i + 2]!, rules)
    const last = rules.at(-1)
    if (this.cut && last instanceof SavedRule) rules.splice(-1, 1, last.distrusted())
    this.table.use(this, rules.length)
    return rules
  }

  /** Lets go of what can be read again; false where there is more to let go of later. */
  release(): boolean {
    const isOfMany = this.parsed !== null && this.parsed.length > MANY_RULES
    if (isOfMany) for (const rule of this.parsed ?? []) rule.release()
    else this.parsed = null
    return !isOfMany
  }

  /** Adds the line of `text` from `start` to `end`. Lines that follow each other cost no more than one. */
  addLine(text: string, start: number, end: number, line: number): void {
    this.parsed = null
    const { others } = this
    if (this.start < 0) {
      this.text = text
      this.start = start
      this.end = end
      this.line = line
    } else if (others === null && this.end === start - 1) this.end = end
    else if (others !== null && others.at(-2) === start - 1) others[others.length - 2] = end
    else {
      this.others ??= []
      this.others.push(start, end, line)
    }
  }

  addRule(rule: IptablesRule): void {
    this.parsed = null
    this.added ??= []
    this.added.push(rule)
  }

  /** Says that the last line may have lost its end. */
  markCut(): void {
    this.parsed = null
    this.cut = true
  }

  private readRun(start: number, end: number, line: number, rules: IptablesRule[]): void {
    for (let at = start; at < end; line++) {
      const newline = this.text.indexOf('\n', at)
      const stop = newline < 0 || newline > end ? end : newline
      rules.push(new SavedRule(this.text, at, stop, line))
      at = stop + 1
    }
  }
}

/** Where the kernel calls each table: linux/netfilter_ipv4.h, enum nf_ip_hook_priorities. */
const PRIORITY: Record<string, number> = { raw: -300, mangle: -150, nat: -100, filter: 0, security: 50 }
const HOOKS: Record<string, Hook> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
}

/** The chains of each table; nat's INPUT is left out, which kernels before 2.6.36 lack. */
const BUILT_IN: Record<string, readonly string[]> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

const NAT_TARGETS = /^(DNAT|SNAT|MASQUERADE|REDIRECT|NETMAP|KUBE-(SVC|SEP|EXT|SVL|FW|XLB|MARK)-.*)$/
const NAT_CHAINS = /^(PREROUTING|POSTROUTING|KUBE-(SVC|SEP|EXT|SVL|FW|XLB|MARK)-.*|KUBE-POSTROUTING)$/
const FILTER_CHAINS = /^(FORWARD|KUBE-(FORWARD|FIREWALL|EXTERNAL-SERVICES|PROXY-FIREWALL|ROUTER.*|POD-FW.*|NWPLCY.*))$/

/** The table that a text without `*table` lines shows, judged by its chains and targets; filter, iptables' default, failing all. */
export function guessTable(chains: Iterable<IptablesChain>): string {
  const all = [...chains]
  const names = all.map((chain) => chain.name)
  const targets = all.flatMap((chain) => chain.rules.map((rule) => rule.target ?? ''))
  if (targets.some((target) => NAT_TARGETS.test(target))) return 'nat'
  if (targets.some((target) => target === 'NOTRACK' || target === 'CT')) return 'raw'
  const builtin = names.filter((name) => name in HOOKS)
  if (builtin.length === 5) return 'mangle'
  if (names.some((name) => FILTER_CHAINS.test(name))) return 'filter'
  return names.some((name) => NAT_CHAINS.test(name)) ? 'nat' : 'filter'
}
