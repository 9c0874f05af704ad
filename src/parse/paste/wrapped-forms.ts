/** Of each form of output whose statements are one line each: where one begins, and whether a line is a whole one. */
import { parseAddress } from '../../model/address.ts'
import type { Rule, Table } from '../../model/rules.ts'
import { isElided } from '../elided.ts'
import { readRow as readRule, readTitles } from '../iptables/list-row.ts'
import { parseListedRules } from '../iptables/listing.ts'
import { isSoundRule, isWholeRule } from '../iptables/whole-rule.ts'
import { parseNftText } from '../nft/text.ts'
import { UNTOLD } from '../told.ts'
import { isListingRow, shapeOf } from './shape.ts'

export type Form = 'save' | 'listing' | 'nftText' | 'conntrack' | 'ipvs'

interface Statements {
  /** Can no line before this one go on with it? */
  begins(line: string): boolean
  /** May such a line go on? Headings do not. */
  opens(line: string): boolean
  /** Is it one statement, with nothing missing and nothing too much? */
  reads(line: string): boolean
  /** May it be one of which not all is understood? */
  mayBe(line: string): boolean
  /** How many blanks stand together in it, so that copying takes away as many at a break. */
  blanks: number
  /** A first line whose end is not known; null where the parser finds out by itself. */
  cut: ((line: string) => string) | null
}

export const FORMS: Record<Form, Statements> = {
  save: {
    begins: (line) => shapeOf(line) !== null || isElided(line),
    opens: (line) => /^(?:\[\d+:\d+\] )?-A /.test(line),
    reads: isWholeRule,
    mayBe: isSoundRule,
    blanks: 2,
    cut: (line) => `${line.trimEnd()} …`,
  },
  listing: {
    begins: (line) => shapeOf(line) !== null || /^\s*Chain \S/.test(line) || readTitles(line) !== null || isRule(line),
    opens: isRule,
    reads: (line) => isRow(line) && isUnderstood(parseListedRules(`${headingFor(line)}${line}\n`, '', UNTOLD).tables),
    mayBe: isRow,
    blanks: 40,
    cut: (line) => `${line.trimEnd()} …`,
  },
  nftText: {
    begins: (line) => /^(?:\t|\s{4}|\s*\}|table |chain |map |set |#)/.test(line) || isElided(line),
    opens: () => true,
    reads: isNftLine,
    mayBe: () => true,
    blanks: 2,
    cut: (line) => `${line.trimEnd()} …`,
  },
  conntrack: {
    begins: (line) => shapeOf(line) !== null || /^conntrack v/.test(line),
    opens: () => true,
    reads: isEntry,
    mayBe: isEntry,
    blanks: 6,
    cut: null,
  },
  ipvs: {
    begins: (line) => shapeOf(line) !== null || /^(?:TCP|UDP|SCTP|FWM|IP|IPVS|Prot|pro)\b|^\s+->/.test(line),
    opens: () => true,
    reads: (line) => IPVS.test(line),
    mayBe: (line) => IPVS.test(line),
    blanks: 12,
    cut: null,
  },
}

/** The form of which a line is, or goes on with: that of the lines before, until another one begins. */
export function formOf(line: string, before: Form | null): Form | null {
  const shape = shapeOf(line)
  if (shape === null) return before
  // Lines within a listing of nft begin with anything.
  if (before === 'nftText' && /^\s/.test(line)) return before
  return shape in FORMS ? (shape as Form) : null
}

/** What stands above such a row, with its counters and interfaces or without. */
const headingFor = (row: string): string =>
  `Chain X (1 references)\n${/^\s*\d+[KMGTP]?\s+\d+[KMGTP]?\s/.test(row) ? ' pkts bytes target     prot opt in     out     source               destination' : 'target     prot opt source               destination'}\n`

/** A continuation holds neither two addresses nor a protocol beside the column of options. */
function isRule(line: string): boolean {
  return isListingRow(line) || /\b(?:all|tcp|udp|sctp|icmp\S*|\d+)\s+(?:--|-f|!f)\s/.test(line)
}

function isRow(line: string): boolean {
  const row = readRule(line, null)
  return row !== null && row !== 'cut'
}

const isUnderstood = (tables: readonly Table[]): boolean => {
  const rules = tables.flatMap(({ chains }) => [...chains.values()].flatMap((chain) => chain.rules))
  return rules.length === 1 && rules.every(hasMeaning)
}

const hasMeaning = ({ matches, actions, comment }: Rule): boolean =>
  ![...matches, ...actions].some((one) => one.kind === 'unknown' && !('ofPort' in one)) && !comment?.includes('/*')

/** A rule, a line of a map's elements, or what else stands in a table. */
function isNftLine(line: string): boolean {
  const text = line.trim()
  if (/^type \w+ hook /.test(text)) return /policy \w+;$/.test(text)
  const isElements = /^elements = \{|^[\d"a-f][^{}]* : (?:goto|jump|drop|accept)|,$/.test(text)
  if (isElements)
    return text
      .replace(/^elements = \{|\}$/g, '')
      .split(',')
      .every(isElement)
  const { tables, problems } = parseNftText(`table ip x {\nchain c {\n${text}\n}\n}\n`, '')
  return problems.length === 0 && isUnderstood(tables) && tables.every(acts)
}

const acts = ({ chains }: Table): boolean =>
  [...chains.values()].every(({ rules }) => rules.every(({ actions }) => actions.length > 0))

const isElement = (text: string): boolean =>
  text.trim() === '' ||
  /^(?:[\d.:a-f/]+|"[^"]*"|tcp|udp|sctp)(?: \. (?:[\d.:a-f/]+|tcp|udp|sctp))*(?: comment "[^"]*")?(?: : (?:drop|accept|(?:goto|jump) \S+))?$/.test(
    text.trim(),
  )

/** `tcp 6 86394 ESTABLISHED src=… dst=… sport=… dport=… src=… dst=… sport=… dport=… [ASSURED] mark=0 use=1` */
function isEntry(line: string): boolean {
  const words = line
    .replace(/^\s*(?:\[[\d. ]+\]\s*)?(?:\[[A-Z]+\]\s*)?/, '')
    .trim()
    .split(/\s+/)
  const first = words.findIndex((word) => word.startsWith('src='))
  const rest = words.slice(first)
  const count = (name: string) => rest.filter((word) => word.startsWith(`${name}=`)).length
  return (
    first > 0 &&
    words.slice(0, first).every((word) => /^(?:[a-z]+[46]?|\d+|[A-Z_0-9]+)$/.test(word)) &&
    count('src') === 2 &&
    count('dst') === 2 &&
    count('sport') === count('dport') &&
    rest.every(isField) &&
    rest.some((word) => /^(?:use|id|mark|secctx|zone)=/.test(word))
  )
}

function isField(word: string): boolean {
  if (/^\[[A-Z_]+\]$/.test(word)) return true
  const [, name, value] = /^([a-z-]+)=(\S+)$/.exec(word) ?? []
  if (name === 'src' || name === 'dst') return parseAddress(value!) !== null
  return name !== undefined && (FIELDS.has(name) ? /^(?:\d+|0x[\da-f]+)$/.test(value!) : name === 'secctx')
}

const FIELDS = new Set(
  'sport dport type code id packets bytes mark use zone zone-orig zone-reply delta-time vrf srckey dstkey'.split(' '),
)

const PLACE = String.raw`(?:\[[\da-f:]+\]|\d+\.\d+\.\d+\.\d+):\d+`
const IPVS = new RegExp(
  [
    String.raw`^(?:TCP|UDP|SCTP) +${PLACE} [a-z]+(?: \(\S+\))?(?: persistent \d+)?\s*$`,
    String.raw`^\s+-> ${PLACE} +(?:Masq|Route|Tunnel|Local) +\d+ +\d+ +\d+\s*$`,
    String.raw`^(?:TCP|UDP|SCTP|IP) +\d+:\d\d +[A-Z_]+ +${PLACE} +${PLACE} +${PLACE}\s*$`,
  ].join('|'),
)
