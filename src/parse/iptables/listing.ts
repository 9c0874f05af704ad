import { UNTOLD } from '../told.ts'
import { type ListedChain, parseListing } from './list.ts'
import { HIDDEN_INTERFACES } from './matches.ts'
import type { Option } from './option.ts'
import { ListedRule } from './rule.ts'
import type { IptablesRuleset } from './save.ts'
import { guessTable, type IptablesChain, IptablesTable, UNNAMED } from './table.ts'
import { unmix } from './unmix.ts'

/**
 * Reads `iptables -L`, with or without -n, -v and -x, into the model. A listing names no table but in the prompt that may
 * stand above it, so it is guessed from its chains; a chain that comes again begins the next table. A listing never says whether it is whole.
 */
export function parseListedRules(text: string, file: string, told = UNTOLD): IptablesRuleset {
  const listing = parseListing(text)
  const family = told.family ?? listing.family
  const tables: IptablesTable[] = []
  const starts = new Map<number, IptablesTable>()
  const nameOf = (chain: ListedChain): string | null => chain.table ?? told.table
  let table: IptablesTable | null = null
  for (const listed of listing.chains) {
    if (!table || table.chains.has(listed.name) || (nameOf(listed) ?? table.name) !== table.name) {
      table = new IptablesTable(nameOf(listed) ?? UNNAMED)
      tables.push(table)
    }
    if (family === 6) table.family = 'ip6'
    fillChain(table.chain(listed.name), listed, listing.interfacesShown)
    starts.set(listed.line, table)
  }
  for (const { line, text } of listing.elided) tableAt(starts, line)?.gaps.push({ kind: 'elided', line, text })
  if (listing.strays.length > 0) {
    const strays = new IptablesTable(told.table ?? UNNAMED)
    if (family === 6) strays.family = 'ip6'
    for (const { options, counter, line, text, problem } of listing.strays)
      strays.chain(STRAY).addRule(new ListedRule(options, counter, { line, text }, problem))
    tables.unshift(strays)
  }
  const unmixed = tables.flatMap((one) => (one.name === UNNAMED && !one.chains.has(STRAY) ? unmix(one) : one))
  for (const one of unmixed) {
    if (one.name === UNNAMED) one.name = guessTable(one.chains.values())
    if (!one.hasBuiltIns) one.gaps.push({ kind: 'fragment', line: null, text: 'some chains of the table' })
  }
  return {
    dialect: 'iptables',
    backend: null,
    command: family === 6 ? 'ip6tables -L' : 'iptables -L',
    file,
    takenAt: null,
    tables: unmixed,
    trailer: [],
    problems: listing.problems.map((problem) => ({ file, ...problem })),
  }
}

/** The table that a line of the text belongs to: that of the chain above it, or of the first one. */
function tableAt(starts: ReadonlyMap<number, IptablesTable>, line: number): IptablesTable | undefined {
  const above = [...starts.keys()].filter((start) => start < line).at(-1)
  return starts.get(above ?? [...starts.keys()][0] ?? 0)
}

/** What rules stand in that lost the heading of their chain, as grep leaves them. */
export const STRAY = '?'

function fillChain(chain: IptablesChain, listed: ListedChain, interfacesShown: boolean): void {
  chain.declared = true
  chain.policy = listed.policy
  chain.counter = listed.counter
  for (const { options, counter, line, text, problem } of listed.rules) {
    const hidden = interfacesShown || isServiceRule(chain.name, options) ? options : [HIDDEN, ...options]
    chain.addRule(new ListedRule(hidden, counter, { line, text }, problem))
  }
}

const HIDDEN: Option = { flag: HIDDEN_INTERFACES, negation: 'none', args: [] }

/** kube-proxy's own rules test no interface. */
function isServiceRule(chain: string, options: readonly Option[]): boolean {
  const target = options.find((option) => option.flag === '-j')?.args[0] ?? ''
  return chain.startsWith('KUBE-') || target.startsWith('KUBE-')
}
