import type { Rule } from '../model/rules.ts'
import { STRAY } from '../parse/iptables/listing.ts'
import type { IptablesRuleset } from '../parse/iptables/save.ts'
import { IptablesTable } from '../parse/iptables/table.ts'
import { homesOf } from '../proxies/kube-proxy/strays.ts'

/** Gives rules of a listing that lost the headings above them the chains that they must stand in; others are left out. */
export function housed(ruleset: IptablesRuleset): IptablesRuleset {
  const strays = ruleset.tables.flatMap((table) => table.chains.get(STRAY)?.rules ?? [])
  if (strays.length === 0) return ruleset
  const tables = ruleset.tables.filter((table) => !table.chains.has(STRAY))
  const family = ruleset.tables[0]!.family
  const homes = homesOf(strays satisfies readonly Rule[])
  for (const [i, home] of homes.entries()) if (home) tableNamed(home.table).chain(home.chain).addRule(strays[i]!)
  const left = homes.filter((home) => home === null).length
  const message = `${left} of ${strays.length} rules have lost the heading of their chain, which nothing tells`
  const problems = left === 0 ? [] : [{ file: ruleset.file, line: strays[0]!.source.line, message }]
  return { ...ruleset, tables, problems: [...ruleset.problems, ...problems] }

  function tableNamed(name: string): IptablesTable {
    const known = tables.find((table) => table.name === name)
    if (known) return known
    const table = new IptablesTable(name)
    table.family = family
    table.gaps.push({ kind: 'fragment', line: null, text: 'some rules of the table' })
    tables.push(table)
    return table
  }
}
