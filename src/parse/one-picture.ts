import type { Chain, Problem, Rule, Ruleset, Table } from '../model/rules.ts'
import { withGaps } from './gaps.ts'
import { withElements } from './sets.ts'

/**
 * Makes one picture out of several dumps of a node. Of whole dumps of the same table the newest counts. Fragments are put
 * together chain by chain, iptables-save before listings. What `nft list ruleset` shows of iptables' own tables is left
 * out where iptables was asked itself: nft hides there what it cannot translate.
 */
export function chooseRulesets(all: readonly Ruleset[]): { rulesets: Ruleset[]; notes: Problem[] } {
  const notes: Problem[] = []
  const newestFirst = [...all].sort((a, b) => rank(b) - rank(a))
  const kept = new Map<string, Table>()
  const rulesets = newestFirst.map((ruleset) => ({ ...ruleset, tables: [] as Table[] }))
  for (const [i, ruleset] of newestFirst.entries()) {
    for (const table of ruleset.tables) {
      const keys = keysOf(ruleset, table)
      const other = keys.map((key) => kept.get(key)).find((one) => one !== undefined)
      if (!other) {
        const own = table.whole ? table : fragmentOf(table)
        for (const key of keys) kept.set(key, own)
        rulesets[i]!.tables.push(own)
      } else if (other.whole) notes.push(...replaced(ruleset, table, newestFirst, other))
      else if (isInput(other) && isInput(table)) replay(other, table)
      else addChains(other, table)
    }
  }
  return { rulesets: rulesets.filter((ruleset) => ruleset.tables.length > 0), notes }
}

/**
 * Whole before fragments, iptables before nft, newer before older, saved before listed. Of iptables' two back ends nft
 * comes first: where both hold rules, legacy's are the leftovers more often, and the walk says that there are two.
 */
function rank(ruleset: Ruleset): number {
  const whole = ruleset.tables.some((table) => table.whole) ? 8e14 : 0
  const dialect = ruleset.dialect === 'iptables' ? 4e14 : 0
  const current = ruleset.backend === 'legacy' ? 0 : 2e14
  const saved = ruleset.command.endsWith('-L') ? 0 : 1
  return whole + dialect + current + (ruleset.takenAt ? Date.parse(ruleset.takenAt) || 0 : 0) + saved
}

const IPTABLES_TABLES = new Set(['raw', 'mangle', 'nat', 'filter', 'security'])

/**
 * A table's identity: dumps of one back end, or of an unknown one, show the same table. nft's view of iptables' tables
 * is that of the nft back end.
 */
function keysOf(ruleset: Ruleset, table: Table): string[] {
  const name = `${table.family} ${table.name}`
  if (!IPTABLES_TABLES.has(table.name)) return [`${ruleset.dialect} ${name}`]
  if (ruleset.backend) return [`${ruleset.backend} ${name}`]
  return [`nft ${name}`, `legacy ${name}`]
}

/** A table of which other texts may show more. */
const fragmentOf = ({ family, name, chains, sets, whole, gaps, builtIns }: Table): Table => ({
  ...{ family, name, chains: new Map(chains), sets: new Map(sets), whole, gaps: gaps ?? [], builtIns: builtIns ?? [] },
})

function addChains(into: Table, from: Table): void {
  into.gaps = withGaps(into.gaps, from.gaps)
  into.builtIns = [...new Set([...(into.builtIns ?? []), ...(from.builtIns ?? [])])]
  for (const [name, chain] of from.chains) {
    const known = into.chains.get(name)
    if (!known || isEmpty(known)) into.chains.set(name, chain)
    else if (isPartial(known) && isPartial(chain)) into.chains.set(name, together(known, chain))
  }
  for (const [name, set] of from.sets) {
    const known = into.sets.get(name)
    if (!known || (known.partial && !set.partial)) into.sets.set(name, set)
    else if (known.partial) into.sets.set(name, withElements(known, set))
  }
}

const isInput = ({ gaps }: Table): boolean => gaps?.some(({ kind }) => kind === 'restoreInput') ?? false

/**
 * kube-proxy's log holds what it fed to iptables-restore, one after the other: each fills the chains anew that it names, and leaves the others alone. An input
 * without an address may be the other family's, and says nothing then.
 */
function replay(into: Table, from: Table): void {
  const rules = [...from.chains.values()].flatMap((chain) => chain.rules)
  if (!rules.some(({ matches }) => matches.some(({ kind }) => kind === 'address'))) return
  into.gaps = withGaps(into.gaps, from.gaps)
  if ('removed' in from && from.removed instanceof Set) for (const name of from.removed) into.chains.delete(name)
  for (const [name, chain] of from.chains) into.chains.set(name, chain)
}

/** Rules that somebody picked, as grep does: others of the chain may have been picked another time. */
const isPartial = (chain: Chain): boolean => 'declared' in chain && chain.declared === false

/** The rules of both, each once. A chain that was made here grows: there may be thousands of pieces. */
function together(known: Chain, more: Chain): Chain {
  const { name, base, policy, counter } = known
  const joined = JOINED.get(known) ?? {
    chain: Object.assign({ name, base, policy, counter, rules: [...known.rules] }, { declared: false }),
    meanings: new Set(known.rules.map(meaningOf)),
  }
  JOINED.set(joined.chain, joined)
  for (const rule of more.rules) {
    const meaning = meaningOf(rule)
    if (!joined.meanings.has(meaning)) joined.chain.rules.push(rule)
    joined.meanings.add(meaning)
  }
  return joined.chain
}

const JOINED = new WeakMap<Chain, { chain: Chain & { rules: Rule[] }; meanings: Set<string> }>()

const meaningOf = ({ matches, actions, comment }: Rule): string => JSON.stringify([matches, actions, comment], plain)

/** JSON has no bigint, as which addresses are kept. */
const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

const isEmpty = (chain: Chain): boolean => chain.rules.length === 0

/** Dumps of one capture are taken within milliseconds or seconds of each other. */
const SAME_MOMENT = 60_000

/** Says which older dump was left out; a second form of the same dump (nft beside iptables-save) needs no word. */
function replaced(ruleset: Ruleset, table: Table, all: readonly Ruleset[], by: Table): Problem[] {
  const newer = all.find((one) => one.tables.includes(by))
  if (!newer?.takenAt || !ruleset.takenAt) return []
  if (Date.parse(newer.takenAt) - Date.parse(ruleset.takenAt) < SAME_MOMENT) return []
  const message = `its table ${table.name} is left out: ${newer.file} is newer (${newer.takenAt})`
  return [{ file: ruleset.file, line: null, message }]
}
