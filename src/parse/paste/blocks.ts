/** How far a piece of output goes from the line that it is known by. */
import { continuesCilium } from '../cilium/recognise.ts'
import { isElided } from '../elided.ts'
import { readRow as readRule, readTitles } from '../iptables/list-row.ts'
import { readHeader, readRow } from '../kube/columns.ts'
import { looksLikeDescribe } from '../kube/describe.ts'
import { isHeaderless } from '../kube/table.ts'
import { recognise, type TextKind } from '../recognise.ts'
import { continuesTable } from '../tables/recognise.ts'
import { isListingRow, type Shape, shapeOf } from './shape.ts'

/** Lines `from` to `end` (exclusive) are output of one kind; null where what they are is not known after all. */
export interface Block {
  kind: TextKind | null
  end: number
}

/** The block that begins at line `from` and ends before `stop`, where another command, a prompt or a fence stands. */
export function blockAt(lines: readonly string[], from: number, stop: number, shape: Shape): Block {
  switch (shape) {
    case 'json':
      return jsonBlock(lines, from, stop)
    case 'nftText':
    case 'corefile':
      return { kind: shape, end: bracesEnd(lines, from, stop) }
    case 'nftElements':
      return { kind: 'nftText', end: runEnd(lines, from, stop, (line) => shapeOf(line) === shape) }
    case 'yaml':
      return yamlBlock(lines, from, stop)
    case 'describe':
      return describeBlock(lines, from, stop)
    case 'resolvConf':
      return resolvConfBlock(lines, from, stop)
    case 'table':
      return { kind: 'table', end: tableEnd(lines, from, stop) }
    default:
      return { kind: shape, end: runEnd(lines, from, stop, (line) => continues(shape, line)) }
  }
}

/** Where a run of lines ends that all fit; blank ones count only between two that do. */
function runEnd(lines: readonly string[], from: number, stop: number, fits: (line: string) => boolean): number {
  let end = from + 1
  for (let at = end; at < stop; at++) {
    const line = lines[at]!
    if (line.trim() === '') continue
    if (!fits(line)) break
    end = at + 1
  }
  return end
}

/** Does a line go on with what a line of that kind began? */
function continues(kind: TextKind, line: string): boolean {
  switch (kind) {
    case 'save':
      return shapeOf(line) === 'save' || isElided(line)
    case 'listing':
      return CHAIN.test(line) || readTitles(line) !== null || readRule(line, null) !== null || isElided(line)
    case 'linkText':
      return shapeOf(line) === 'linkText' || /^\s+\S/.test(line)
    case 'brctlShow':
      return shapeOf(line) === 'brctlShow' || /^\s+\S+\s*$/.test(line) || /^\S+\s+[\da-f]{4}\.[\da-f]{12}\s/.test(line)
    case 'arp':
      return shapeOf(line) === 'arp' || /\b(?:[\da-f]{2}:){5}[\da-f]{2}\b|\(incomplete\)/i.test(line)
    case 'routeTable':
      return shapeOf(line) === 'routeTable' || /^[\w.:/-]+\s+\S+\s+\S+\s+\S+.*\s\S+$/.test(line)
    case 'routeText':
      return shapeOf(line) === 'routeText' || /^\s+nexthop /.test(line)
    case 'conntrack':
      return shapeOf(line) === 'conntrack' || /^conntrack v\S+ \(/.test(line)
    case 'ipvs':
      return (
        shapeOf(line) === 'ipvs' ||
        /^\s+->\s/.test(line) ||
        /^(?:TCP|UDP|SCTP|FWM|IP) +\S+ +\S+/.test(line) ||
        /^No such service\s*$/.test(line)
      )
    case 'ipset':
      return shapeOf(line) === 'ipset' || IPSET.test(line)
    case 'ciliumServices':
    case 'ciliumLb':
    case 'ciliumCt':
    case 'ciliumStatus':
    case 'ciliumDrops':
    case 'ciliumPressure':
    case 'ciliumRefusal':
      return shapeOf(line) === kind || continuesCilium(kind, line)
    case 'ovnLb':
    case 'calicoNat':
    case 'antreaFlows':
      return shapeOf(line) === kind || continuesTable(kind, line)
    case 'sysctl':
      return shapeOf(line) === 'sysctl' || /^[a-z][\w-]*(?:\.[\w-]+)+ ?= ?/.test(line)
    default:
      return shapeOf(line) === kind
  }
}

/** What stands below the line that names a set: its other headings, its members one a line. */
const IPSET =
  /^(?:add \S+ \S|(?:Type|Revision|Header|Size in memory|References|Number of entries|Members):|[\w.:/,%-]+(?: (?:timeout|nomatch|packets|bytes|comment|wildcard|skb\w+)\b.*)?\s*$)/

const CHAIN = /^\s*Chain \S+(?:\s+\(.*)?$/

/** Where the braces that are opened are all closed again. Listings that follow each other are one. */
function bracesEnd(lines: readonly string[], from: number, stop: number): number {
  let depth = 0
  let closed = from
  for (let at = from; at < stop; at++) {
    const line = lines[at]!
    if (depth === 0 && at > from && line.trim() !== '' && !OPENS.test(line)) return closed
    // Another table cannot stand within one: the end of the one before is missing.
    if (TABLE.test(line)) depth = 0
    depth = Math.max(0, depth + braces(line))
    if (depth === 0 && line.trim() !== '') closed = at + 1
  }
  return depth === 0 ? closed : stop
}

const TABLE = /^table \S+ \S+ \{/
const OPENS = /^\s*(?:table \S+ \S+|chain \S+|map \S+|set \S+) \{\s*(?:#.*)?$/

function braces(line: string): number {
  let depth = 0
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i)
    if (code === 34) quoted = !quoted
    else if (!quoted && code === 123) depth++
    else if (!quoted && code === 125) depth--
  }
  return depth
}

/** A JSON document, to the bracket that closes it; one that is not closed goes to the end. */
function jsonBlock(lines: readonly string[], from: number, stop: number): Block {
  let depth = 0
  let quoted = false
  let escaped = false
  for (let at = from; at < stop; at++) {
    const line = lines[at]!
    for (let i = 0; i < line.length; i++) {
      const code = line.charCodeAt(i)
      if (escaped) escaped = false
      else if (quoted) {
        if (code === 92) escaped = true
        else if (code === 34) quoted = false
      } else if (code === 34) quoted = true
      else if (code === 123 || code === 91) depth++
      else if (code === 125 || code === 93) depth--
    }
    if (depth <= 0) return jsonOf(lines, from, at + 1)
  }
  return jsonOf(lines, from, stop)
}

const jsonOf = (lines: readonly string[], from: number, end: number): Block => ({
  kind: recognise(lines.slice(from, Math.min(end, from + 400)).join('\n')),
  end,
})

/** Objects of the API in YAML, to the first line that is none of theirs. */
function yamlBlock(lines: readonly string[], from: number, stop: number): Block {
  const end = runEnd(
    lines,
    from,
    stop,
    (line) => /^(?:\s|- |-$|---$|#|[\w.-]+:(?:\s|$))/.test(line) && !isListingRow(line),
  )
  const text = lines.slice(from, Math.min(end, from + 400)).join('\n')
  return { kind: recognise(text) === 'objects' ? 'objects' : null, end }
}

/** `search` begins sentences, too: a name server has to stand beside it. */
function resolvConfBlock(lines: readonly string[], from: number, stop: number): Block {
  const fits = (line: string) => /^(?:nameserver|search|options|domain|sortlist)(?:\s|$)|^[#;]/.test(line)
  const end = runEnd(lines, from, stop, fits)
  const isOne = lines.slice(from, end).some((line) => /^(?:nameserver|options)\s/.test(line))
  return { kind: isOne ? 'resolvConf' : null, end }
}

function describeBlock(lines: readonly string[], from: number, stop: number): Block {
  const end = runEnd(lines, from, stop, (line) => /^(?:\s+\S|[A-Z][\w ./()-]*:(?:\s|$))/.test(line))
  const isService = looksLikeDescribe(lines.slice(from, Math.min(end, from + 200)).join('\n'))
  return { kind: isService ? 'describe' : null, end }
}

/** A table of kubectl goes to the next blank line, or to a line that has not its columns. */
function tableEnd(lines: readonly string[], from: number, stop: number): number {
  const columns = readHeader(lines[from]!)
  for (let at = from + 1; at < stop; at++) {
    const line = lines[at]!
    if (line.trim() === '' || readHeader(line)) return at
    if (columns ? readRow(line, columns) === null : !isHeaderless(line)) return at
  }
  return stop
}
