/**
 * The rules of pods' network namespaces, each line after the namespace's name. `NAMESPACE - COMMAND` stands before what a command printed there, even where that was
 * nothing.
 */
import type { PodRules } from '../../model/node.ts'
import type { Ruleset } from '../../model/rules.ts'
import { parseSave } from '../iptables/save.ts'
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'

/** Each namespace that was read, with all that was printed of it. */
export function parsePodRules(text: string, file: string): Parsed<PodRules> {
  const log = new ProblemLog(file)
  const dumps: { namespace: string; command: string; first: number; lines: string[] }[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    if (line.trim() === '') continue
    const [, namespace, rest] = /^(\S+) (.*)$/.exec(line) ?? []
    if (namespace && rest?.startsWith('- '))
      dumps.push({ namespace, command: rest.slice(2), first: number + 1, lines: [] })
    else if (namespace && dumps.at(-1)?.namespace === namespace) dumps.at(-1)!.lines.push(rest!)
    else log.add(number, `not a line of rules in a namespace: ${quote(line)}`)
  }
  const items = [...Map.groupBy(dumps, ({ namespace }) => namespace)].map(([namespace, own]) => ({
    namespace,
    rulesets: own.flatMap(({ command, first, lines }): Ruleset[] =>
      lines.length === 0 ? [] : [{ ...parseSave(`${lines.join('\n')}\n`, file, first), command }],
    ),
  }))
  return { items, problems: [...log.list(), ...items.flatMap((one) => one.rulesets.flatMap((all) => all.problems))] }
}
