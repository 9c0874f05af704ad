import type { IpSet, IpSetMember } from '../../model/ipset.ts'
import { linesOf, type Parsed, ProblemLog, quote, wholeLines } from '../parsed.ts'
import { readHeader } from './header.ts'
import { readMembers } from './member.ts'

/**
 * `ipset save` and `ipset list`, as one set or many. A set whose members are not there, or not all (`Number of entries` tells, and `-terse` leaves them out),
 * has none that are known.
 */
export function parseIpsets(text: string, file: string): Parsed<IpSet> {
  const log = new ProblemLog(file)
  const sets = new Map<string, Draft>()
  let listed: Draft | null = null
  const { whole, cut } = wholeLines(text, log)
  for (const { number, text: line } of linesOf(whole, log)) {
    if (line.trim() === '') {
      listed = null
      continue
    }
    const [word, name, ...rest] = line.trim().split(/\s+/)
    const field = /^(Name|Type|Revision|Header|Size in memory|References|Number of entries|Members):\s*(.*)$/.exec(line)
    if (word === 'create' && name && rest.length > 0) {
      const draft = draftOf(name, { file, line: number, text: line })
      sets.set(name, { ...draft, set: { ...draft.set, ...readHeader(rest[0]!, rest.slice(1)) }, members: [] })
    } else if (word === 'add' && sets.get(name ?? '')?.members && rest.length > 0) {
      const draft = sets.get(name!)!
      if (!addMember(draft, rest.join(' '), number))
        log.add(number, `not a member of ${draft.set.type}: ${quote(line)}`)
    } else if (field?.[1] === 'Name') {
      listed = draftOf(field[2]!.trim(), { file, line: number, text: line })
      sets.set(listed.set.name, listed)
    } else if (listed && field) describe(listed, field[1]!, field[2]!.trim())
    else if (listed?.members) {
      if (!addMember(listed, line.trim(), number)) log.add(number, `not a member of ${listed.set.type}: ${quote(line)}`)
    } else log.add(number, `not a line of ipset that can be read: ${quote(line)}`)
  }
  const last = [...sets.values()].at(-1)
  if (cut && last) last.unread = true
  return { items: [...sets.values()].map((draft) => finish(draft, log)), problems: log.list() }
}

interface Draft {
  set: IpSet
  members: IpSetMember[] | null
  /** How many lines hold members, and how many `ipset list` announces. */
  lines: number
  announced: number | null
  unread: boolean
}

const draftOf = (name: string, source: IpSet['source']): Draft => ({
  set: { name, ...readHeader('', []), members: null, source },
  ...{ members: null, lines: 0, announced: null, unread: false },
})

/** A line of `ipset list` above the members. */
function describe(draft: Draft, field: string, value: string): void {
  if (field === 'Type') draft.set = { ...draft.set, type: value }
  if (field === 'Header') draft.set = { ...draft.set, ...readHeader(draft.set.type, value.split(/\s+/)) }
  if (field === 'Number of entries' && /^\d{1,10}$/.test(value)) draft.announced = Number(value)
  if (field === 'Members') draft.members = []
}

function addMember(draft: Draft, text: string, line: number): boolean {
  const members = readMembers(draft.set, text, line)
  draft.lines++
  if (!members) draft.unread = true
  else for (const member of members) draft.members?.push(member)
  return members !== null
}

function finish({ set, members, lines, announced, unread }: Draft, log: ProblemLog): IpSet {
  // Those whose time is over are counted until the kernel sweeps them out.
  const cut = members !== null && announced !== null && announced > lines && set.timeout === null
  if (cut) log.add(set.source.line, `the set ${set.name} has ${announced} members, of which ${lines} are here`)
  return { ...set, members: cut || unread ? null : members }
}
