import type { Chain, ChainType, Hook, NamedSet, Rule, Table, TableFamily } from '../../model/rules.ts'
import { withGaps } from '../gaps.ts'
import { type ProblemLog, quote } from '../parsed.ts'
import { withElements } from '../sets.ts'
import type { Place } from './meaning/draft.ts'
import { namedSet } from './meaning/sets.ts'
import { rulesOf } from './meaning.ts'
import {
  asArray,
  asNumber,
  asObject,
  asText,
  entryOf,
  type Item,
  type JsonObject,
  type NftRuleset,
  setReference,
} from './objects.ts'

/**
 * Makes tables, chains and sets of the objects of a listing. What a chain's rules mean is worked out when they are
 * first asked for: of thousands of chains a trace walks a few.
 */
export function buildRuleset(items: Item[], problems: ProblemLog, file: string, command: string): NftRuleset {
  const builder = new Builder(problems)
  for (const item of items) builder.add(item)
  return {
    dialect: 'nft',
    backend: 'nft',
    command,
    file,
    takenAt: null,
    tables: builder.finish(),
    problems: problems.list(),
    ...(problems.isCutOff ? { cutOff: true as const } : {}),
    objects: items.map((item) => item.object),
  }
}

/** A chain with what is needed to tell its rules later. */
interface ChainDraft {
  listing: number
  items: Item[]
  /** Another listing of the same text has it too. */
  repeated: boolean
}

/** Objects that say nothing about a packet's way. */
const ASIDE = new Set([
  'metainfo',
  'flowtable',
  'counter',
  'quota',
  'limit',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'secmark',
  'synproxy',
  'tunnel',
])

class Builder {
  readonly #problems: ProblemLog
  readonly #tables = new Map<string, Table>()
  readonly #dormant = new Set<Table>()
  /** Chains that a hook leads to, be their table dormant or not. */
  readonly #hooked = new Set<Chain>()
  readonly #drafts = new Map<Chain, ChainDraft>()
  /** Sets that rules write to: nft 1.0.6 leaves the flag `dynamic` out of its JSON. */
  readonly #written: { table: Table; name: string }[] = []

  constructor(problems: ProblemLog) {
    this.#problems = problems
  }

  add(item: Item): void {
    const [kind, value] = entryOf(item.object) ?? ['', null]
    const object = asObject(value)
    if (ASIDE.has(kind)) return
    if (object && this.#addTo(kind, object, item)) return
    this.#problems.add(item.line, `this object is not understood: ${quote(JSON.stringify(item.object))}`)
  }

  finish(): Table[] {
    for (const { table, name } of this.#written) {
      const set = table.sets.get(name)
      if (set) set.dynamic = true
    }
    for (const table of this.#tables.values()) this.#conclude(table)
    return [...this.#tables.values()]
  }

  /**
   * A listing without any base chain is a part of one, since no packet comes to it; so is kube-proxy's table without
   * one. Other tables do lie about without: iptables leaves `mangle` so, with the kubelet's canary in it.
   */
  #conclude(table: Table): void {
    const names = [...table.chains.values()].filter((chain) => this.#hooked.has(chain)).map(({ name }) => name)
    table.builtIns = names
    const expected = this.#hooked.size === 0 || table.name === 'kube-proxy'
    if (names.length > 0 || table.chains.size === 0 || !expected) return
    table.whole = false
    if (!table.gaps?.length) table.gaps = [{ kind: 'fragment', line: null, text: 'no base chain' }]
  }

  /** False where the object is none that a listing has. */
  #addTo(kind: string, object: JsonObject, item: Item): boolean {
    if (kind === 'table') return this.#addTable(object, item)
    const [table, name] = [this.#tableOf(object), asText(kind === 'rule' ? object.chain : object.name)]
    if (!table || name === null) return false
    if (kind === 'chain') this.#addChain(table, name, object, item)
    else if (kind === 'rule') this.#addRule(table, name, object, item)
    else if (kind === 'set' || kind === 'map' || kind === 'meter') this.#addSet(table, name, object, item)
    else return false
    return true
  }

  #addTable(object: JsonObject, item: Item): boolean {
    const name = asText(object.name)
    const known = this.#tables.size
    const table = name === null ? null : this.#table(object.family, name)
    if (!table) return false
    if (this.#tables.size > known) table.whole = item.whole
    if (item.gaps) table.gaps = withGaps(table.gaps, item.gaps)
    // nf_tables_api.c: the base chains of a dormant table are not registered with their hooks.
    if ((asArray(object.flags) ?? [object.flags]).includes('dormant')) this.#dormant.add(table)
    return true
  }

  #addChain(table: Table, name: string, object: JsonObject, item: Item): void {
    const known = table.chains.get(name)
    const base = this.#dormant.has(table) ? null : baseOf(object)
    if (known) this.#noteRepetition(known, item)
    else {
      const chain = this.#newChain(table, name, item.listing, { base, policy: policyOf(object) })
      if (baseOf(object)) this.#hooked.add(chain)
    }
  }

  #addRule(table: Table, name: string, object: JsonObject, item: Item): void {
    const chain = table.chains.get(name) ?? this.#newChain(table, name, item.listing, null)
    const draft = this.#drafts.get(chain)!
    if (draft.listing !== item.listing) return this.#noteRepetition(chain, item)
    draft.items.push(item)
    for (const statement of asArray(object.expr) ?? []) {
      const [kind, value] = entryOf(statement) ?? []
      const set = kind === 'set' || kind === 'map' ? setReference(asObject(value)?.[kind]) : null
      if (set !== null) this.#written.push({ table, name: set })
    }
  }

  #noteRepetition(chain: Chain, item: Item): void {
    const draft = this.#drafts.get(chain)!
    if (!draft.repeated)
      this.#problems.add(item.line, `the chain ${chain.name} is listed again; its first listing counts`)
    draft.repeated = true
  }

  #addSet(table: Table, name: string, object: JsonObject, item: Item): void {
    const set = namedSet(name, object)
    if (set.partial)
      table.gaps = withGaps(table.gaps, [{ kind: 'fragment', line: item.line, text: `parts of ${name}` }])
    const known = table.sets.get(name)
    if (known && !known.partial)
      this.#problems.add(item.line, `the set ${name} is listed again; its first listing counts`)
    else table.sets.set(name, known && set.partial ? withElements(known, set) : set)
  }

  /** The table that an object belongs to; one that only a fragment names is not whole. */
  #tableOf(object: JsonObject): Table | null {
    const name = asText(object.table)
    return name === null ? null : this.#table(object.family, name)
  }

  #table(family: JsonObject[string] | undefined, name: string): Table | null {
    const key = `${family} ${name}`
    const known = this.#tables.get(key)
    if (known) return known
    if (!isFamily(family)) return null
    const table: Table = { family, name, chains: new Map(), sets: new Map<string, NamedSet>(), whole: false }
    this.#tables.set(key, table)
    return table
  }

  /** `shown` null: only a rule names the chain. */
  #newChain(table: Table, name: string, listing: number, shown: Pick<Chain, 'base' | 'policy'> | null): Chain {
    const { base, policy } = shown ?? { base: null, policy: null }
    const items: Item[] = []
    const place: Place = { family: table.family, hasChain: (chain) => table.chains.has(chain) }
    let rules: readonly Rule[] | null = null
    const chain: Chain = {
      name,
      base,
      policy,
      ...(base ? { declaration: declarationOf(table, name, base, policy) } : {}),
      ...(shown ? { declared: true } : {}),
      counter: null,
      get rules() {
        rules ??= items.flatMap((item) => rulesOf(item, place))
        return rules
      },
    }
    table.chains.set(name, chain)
    this.#drafts.set(chain, { listing, items, repeated: false })
    return chain
  }
}

function baseOf(object: JsonObject): Chain['base'] {
  const { type, hook, prio } = object
  const priority = asNumber(prio)
  return isHook(hook) && isType(type) && priority !== null ? { hook, type, priority } : null
}

/** `table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; } }` */
function declarationOf(
  { family, name }: Table,
  chain: string,
  { type, hook, priority }: NonNullable<Chain['base']>,
  policy: Chain['policy'],
): string {
  const ends = policy ? ` policy ${policy};` : ''
  return `table ${family} ${name} { chain ${chain} { type ${type} hook ${hook} priority ${priority};${ends} } }`
}

function policyOf(object: JsonObject): Chain['policy'] {
  return object.policy === 'accept' || object.policy === 'drop' ? object.policy : null
}

type Value = JsonObject[string] | undefined

const oneOf =
  <T extends string>(...words: T[]) =>
  (value: Value): value is T =>
    (words as Value[]).includes(value)

const isFamily = oneOf<TableFamily>('ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev')
const isHook = oneOf<Hook>('prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress', 'egress')
const isType = oneOf<ChainType>('filter', 'nat', 'route')
