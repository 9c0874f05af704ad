/** The rules on a service's way through a node, held against those of another look. */
import { joinHostPort } from '../model/address.ts'
import type { Change, Incomparable } from '../model/diff/report.ts'
import { memo } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { EntryPath, NodePath, WalkedRule } from '../model/report.ts'
import type { Chain, NamedSet, Rule, Ruleset, Table } from '../model/rules.ts'
import { withoutHash } from '../proxies/kube-proxy/roles.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { roleOf } from '../proxies/rule-meaning.ts'
import { tableName } from '../proxies/rule-owners.ts'
import { elementKey, elementText, type Rename, ruleKey } from './meaning.ts'
import { ownRules } from './own-rules.ts'

/** A node on one side: what was read of it, and the service's way through it; without the service no way. */
export interface NodeSide {
  state: NodeState
  path: NodePath | null
}

export interface Differences {
  changes: Change[]
  unknowns: Incomparable[]
}

export interface RuleDifferences extends Differences {
  /** Of rules that all services share. */
  shared: Change[]
}

/** What the packets of the service met on one side, and the other side does not have. */
export function ruleChanges(before: NodeSide, after: NodeSide): RuleDifferences {
  const [old, now] = [metOn(before), metOn(after)]
  const renames = { before: renameOf(before.path), after: renameOf(after.path) }
  const gone = missing(old, { ...after, met: now }, renames.before, renames.after)
  const added = missing(now, { ...before, met: old }, renames.after, renames.before)
  const nodes = [before.state.name]
  const change = ({ place, text }: Met, isNew: boolean): Change => ({
    ...{ area: 'rules', nodes, subject: place, changesWay: false },
    ...(isNew ? { before: null, after: text } : { before: text, after: null }),
  })
  const unknown = (places: readonly string[], missingIn: 'before' | 'after'): Incomparable[] =>
    [...new Set(places)].map((place) => ({ nodes, what: `rules of ${place}`, missingIn }))
  const lacking = [
    ...gone.lacking.map((one) => [one, false] as const),
    ...added.lacking.map((one) => [one, true] as const),
  ]
  const ofService = lacking.filter(([one]) => isOfService(one))
  const others = lacking.filter(([one]) => !isOfService(one))
  return {
    changes: ofService.map(([one, isNew]) => change(one, isNew)),
    shared: [
      ...others.map(([one, isNew]) => change(one, isNew)),
      ...(lacking.length > 0 ? [] : orderChanges(old, now, renames, nodes)),
      ...policyChanges(before.state, after.state),
    ],
    unknowns: [...unknown(gone.unseen, 'after'), ...unknown(added.unseen, 'before')],
  }
}

/** A rule, or an element of a map, that is for the service or that its packets met. */
interface Met {
  /** Null: what stands in no table of rules, and is known by what it does. */
  table: Pick<Table, 'family' | 'name'> | null
  chain: string
  /** As a person finds it: `nat KUBE-SERVICES`. */
  place: string
  text: string
  /** Packets meet it before those that follow. Lots are drawn in any order. */
  isOrdered: boolean
  isOfMap: boolean
  key(rename: Rename): string
}

function metOn({ state, path }: NodeSide): Met[] {
  const entries = path?.entries ?? []
  const met = entries.flatMap(({ rules }) => rules.map((one) => metRule(state, one)))
  const own = ownRules(state, entries).map(({ table, chain, rule }) => metOf(table, chain, rule, false))
  const each = new Map([...met, ...own].map((one) => [`${one.place} ${one.text}`, one]))
  return [...each.values(), ...elementsFor(state, entries)]
}

function metRule(state: NodeState, walked: WalkedRule): Met {
  const { file, table, chain, line, text, does, to } = walked
  const found = indexOf(state).get(placeKey(file, table, chain, line, text))
  if (found) return metOf(found.table, chain, found.rule, does !== 'draw')
  const key = (rename: Rename) => JSON.stringify([does, to && rename(to)])
  return {
    table: null,
    chain,
    place: `${table} ${chain}`,
    text: uncounted(text),
    isOrdered: false,
    isOfMap: false,
    key,
  }
}

const metOf = (table: Table, chain: string, rule: Rule, isOrdered: boolean): Met => ({
  ...{ table, chain, place: `${table.name} ${chain}`, text: uncounted(rule.source.text), isOrdered, isOfMap: false },
  key: (rename) => ruleKey(rule, rename),
})

/** Elements of verdict maps that lead to the service's chains. */
function elementsFor(state: NodeState, entries: readonly EntryPath[]): Met[] {
  const chains = new Set(entries.flatMap((entry) => ownChains(entry)))
  return state.rulesets.flatMap(({ tables }) =>
    tables.flatMap((table) =>
      [...table.sets.values()].flatMap(({ name, verdicts }) =>
        (verdicts ?? []).flatMap((element): Met[] => {
          const { verdict } = element
          if (!('chain' in verdict) || !chains.has(verdict.chain)) return []
          const text = elementText(name, element)
          const place = `${table.name} ${name}`
          const key = (rename: Rename) => elementKey(name, element, rename)
          return [{ table, chain: name, place, text, isOrdered: false, isOfMap: true, key }]
        }),
      ),
    ),
  )
}

const ownChains = ({ rules }: EntryPath): string[] =>
  rules.flatMap(({ chain, role }) => (role === 'service' ? chain : []))

/** Those whose like the other side lacks; and the places of which it does not show enough to tell. */
function missing(
  met: readonly Met[],
  other: { state: NodeState; met: readonly Met[] },
  own: Rename,
  others: Rename,
): { lacking: Met[]; unseen: string[] } {
  const tableless = new Set(other.met.filter(({ table }) => table === null).map((one) => one.key(others)))
  const renamed = new Map<string, ReadonlySet<string>>()
  const lacking: Met[] = []
  const unseen: string[] = []
  for (const one of met) {
    const tables = one.table === null ? [] : tablesLike(other.state, one.table)
    const isWholeThere = one.table === null ? isSeenWhole(other.state) : tables.length > 0 && tables.every(isWhole)
    // With thousands of services nearly every rule stands there as it is.
    if (plainKeys(tables, one.chain).some((keys) => keys.has(one.key(asItIs)))) continue
    const where = `${one.table?.family} ${one.table?.name} ${own(one.chain)}`
    const keys = one.table === null ? tableless : (renamed.get(where) ?? renamedKeys(tables, own(one.chain), others))
    renamed.set(where, keys)
    if (keys.has(one.key(own))) continue
    if (isWholeThere) lacking.push(one)
    else unseen.push(one.place)
  }
  return { lacking, unseen }
}

const asItIs: Rename = (chain) => chain

interface Placed {
  table: Table
  ruleset: Ruleset
}

/** Was everything seen that serves services on the node? */
const isSeenWhole = (state: NodeState): boolean =>
  ([4, 6] as const).some((family) => proxiesOn(state, family).seen.how === 'whole')

const tablesLike = ({ rulesets }: NodeState, { family, name }: Pick<Table, 'family' | 'name'>): Placed[] =>
  rulesets.flatMap((ruleset) =>
    ruleset.tables.flatMap((table) => (table.family === family && table.name === name ? { table, ruleset } : [])),
  )

const isWhole = ({ table, ruleset }: Placed): boolean => table.whole && !ruleset.cutOff

/** What the chain or map of this name holds, as it is. */
const plainKeys = (tables: readonly Placed[], name: string): ReadonlySet<string>[] =>
  tables.flatMap(({ table }) => {
    const [chain, map] = [table.chains.get(name), table.sets.get(name)]
    return [...(chain ? [chainKeys(chain)] : []), ...(map ? [mapKeys(map)] : [])]
  })

const chainKeys = memo((chain: Chain) => new Set(chain.rules.map((rule) => ruleKey(rule, asItIs))))

const mapKeys = memo(
  ({ name, verdicts }: NamedSet) => new Set((verdicts ?? []).map((one) => elementKey(name, one, asItIs))),
)

/** The same of all that mean what this name means. */
function renamedKeys(tables: readonly Placed[], name: string, rename: Rename): ReadonlySet<string> {
  const chains = tables.flatMap(({ table }) =>
    [...table.chains].flatMap(([own, chain]) => (rename(own) === name ? chain : [])),
  )
  const maps = tables.flatMap(({ table }) => table.sets.get(name) ?? [])
  return new Set([
    ...chains.flatMap(({ rules }) => rules.map((rule) => ruleKey(rule, rename))),
    ...maps.flatMap(({ verdicts }) => (verdicts ?? []).map((one) => elementKey(name, one, rename))),
  ])
}

/** Where both sides have the same rules, and packets meet them in another order. Lots are drawn in any. */
function orderChanges(
  old: readonly Met[],
  now: readonly Met[],
  renames: { before: Rename; after: Rename },
  nodes: string[],
): Change[] {
  const before = Map.groupBy(old.filter(inOrder), ({ place }) => place)
  const after = Map.groupBy(now.filter(inOrder), ({ place }) => place)
  return [...before].flatMap(([place, met]): Change[] => {
    const others = after.get(place) ?? []
    const [first, second] = [met.map((one) => one.key(renames.before)), others.map((one) => one.key(renames.after))]
    const same = first.length !== second.length || first.every((key, i) => key === second[i])
    if (same || new Set(first).symmetricDifference(new Set(second)).size > 0) return []
    const texts = (all: readonly Met[]) => all.map(({ text }) => text).join('; ')
    return [
      {
        area: 'rules',
        nodes,
        subject: `order in ${place}`,
        before: texts(met),
        after: texts(others),
        changesWay: false,
      },
    ]
  })
}

/** Is it in a chain of a service, or where the proxy tells services apart? */
function isOfService({ table, chain, isOfMap }: Met): boolean {
  const role = table && roleOf(table.name, chain)
  return table === null || isOfMap || role === 'services' || role === 'service' || role === 'endpoint'
}

/** What base chains do with packets that no rule took. */
function policyChanges(before: NodeState, after: NodeState): Change[] {
  const [old, now] = [policiesOf(before), policiesOf(after)]
  return [...old].flatMap(([subject, from]): Change[] => {
    const to = now.get(subject)
    if (to === undefined || to === from) return []
    return [{ area: 'rules', nodes: [before.name], subject, before: from, after: to, changesWay: false }]
  })
}

const policiesOf = memo(({ rulesets }: NodeState): ReadonlyMap<string, string> => {
  const chains = rulesets.flatMap((ruleset) =>
    ruleset.tables.flatMap((table) =>
      [...table.chains.values()].map((chain) => ({ table: tableName(ruleset, table), chain })),
    ),
  )
  return new Map(
    chains.flatMap(({ table, chain: { name, policy } }) =>
      policy === null ? [] : [[`policy of ${name} in ${table}`, policy.toUpperCase()] as const],
    ),
  )
})

/** The rules of services stand in any order: each takes other packets. */
const inOrder = ({ isOrdered, table, chain }: Met): boolean =>
  isOrdered && table !== null && roleOf(table.name, chain) === null

/**
 * Names that mean the same on both sides. An endpoint's chain is called by its endpoint, a service's by its port: what their hashes are made of differs between
 * versions.
 */
function renameOf(path: NodePath | null): Rename {
  const names = new Map<string, string>()
  for (const entry of path?.entries ?? []) {
    const port = `${entry.protocol} ${entry.portName}`
    for (const chain of ownChains(entry)) names.set(chain, `${withoutHash(chain)} of ${port}`)
    for (const { chain, address, port: own } of entry.endpoints)
      if (chain !== null && address !== null) names.set(chain, `endpoint ${joinHostPort(address, own)} of ${port}`)
  }
  return (chain) => names.get(chain) ?? chain
}

/** All rules of a node by where they stand. */
const indexOf = memo((state: NodeState): ReadonlyMap<string, { rule: Rule; table: Table }> => {
  const index = new Map<string, { rule: Rule; table: Table }>()
  for (const { file, tables } of state.rulesets)
    for (const table of tables)
      for (const chain of table.chains.values())
        for (const rule of chain.rules)
          index.set(placeKey(file, table.name, chain.name, rule.source.line, rule.source.text), { rule, table })
  return index
})

const placeKey = (file: string, table: string, chain: string, line: number | null, text: string): string =>
  [file, table, chain, line, text].join('\n')

/** A rule's text without what it counted. */
const uncounted = (text: string): string =>
  text.replace(/^\[\d+:\d+\] /, '').replace(/ ?\bcounter packets \d+ bytes \d+/, '')
