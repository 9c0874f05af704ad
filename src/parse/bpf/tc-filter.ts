/** `tc filter show dev LINK ingress`: what classifies packets at a link, eBPF programs among it. */
import type { AttachedProgram } from '../../model/node.ts'
import { linesOf, type Parsed, ProblemLog } from '../parsed.ts'
import type { Told } from '../told.ts'

/**
 * The filters name no link: the command does, above a pasted text or as a line `# tc filter show dev eth0 ingress` in a capture. Without one, where they are is not known, and
 * they are left out.
 */
export function parseTcFilters(text: string, file: string, told: Pick<Told, 'link'>): Parsed<AttachedProgram> {
  const log = new ProblemLog(file)
  const items: AttachedProgram[] = []
  let at = told.link
  for (const { number, text: line } of linesOf(text, log)) {
    const command = /^# tc filter show dev (\S+) (ingress|egress)\s*$/.exec(line)
    if (command) at = { name: command[1]!, direction: command[2]! }
    const [, kind, rest] = /^filter .*?\bpref \d+ (\S+)(.*)$/.exec(line) ?? []
    // A line without a handle announces the filters of one preference.
    if (kind === undefined || rest === undefined || !/ (?:handle|fh) /.test(rest)) continue
    if (at === null) {
      log.add(number, 'which link this filter is on is not in the text: paste the command, too')
      continue
    }
    const source = { command: `tc filter show dev ${at.name} ${at.direction}`, file, line: number, text: line.trim() }
    const place = `clsact/${at.direction}`
    const where = { hook: 'tc', device: at.name, cgroup: null, place, source } as const
    items.push({ ...where, ...(kind === 'bpf' ? { kind, name: nameIn(rest) } : { kind: 'filter', name: kind }) })
  }
  return { items, problems: log.list() }
}

/** ` chain 0 handle 0x1 NAME direct-action not_in_hw id 15843 …`; what was loaded from bytecode has none. */
function nameIn(rest: string): string | null {
  const name = / handle \S+ (\S+)/.exec(rest)?.[1]
  return name === undefined || /^(direct-action|not_in_hw|in_hw|skip_[hs]w|id|bytecode|flowid|classid)$/.test(name)
    ? null
    : name
}
