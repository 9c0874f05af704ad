import type { Family } from '../../model/address.ts'
import type { Counter } from '../../model/rules.ts'
import { LEFT_OUT } from '../elided.ts'
import { readOther } from './list-other.ts'
import { type Columns, type Row, readCounter, readRow, readTitles } from './list-row.ts'
import { ruleOptions } from './list-rule.ts'
import type { Option } from './option.ts'

export interface ListedRule {
  /** 1-based. */
  line: number
  text: string
  /** Null where the listing shows none. */
  counter: Counter | null
  /** What iptables-save would print for the rule, with `--unknown` for text that is not understood. */
  options: Option[]
  /** Why the rule cannot be believed: a part of its line is missing. */
  problem: string | null
}

export interface ListedChain {
  name: string
  line: number
  /** As the command or a title above the listing says; null where nothing does. */
  table: string | null
  policy: 'accept' | 'drop' | null
  counter: Counter | null
  references: number | null
  rules: ListedRule[]
}

export interface Listing {
  chains: ListedChain[]
  problems: { line: number; message: string }[]
  /** Lines that stand for others which somebody left out. */
  elided: { line: number; text: string }[]
  /** Rules above which no heading of a chain stands. */
  strays: ListedRule[]
  /** Null where nothing tells, or where the text holds listings of both. */
  family: Family | null
  /** True where every rule shows its interfaces, as with -v. Otherwise any rule may ask for one without showing it. */
  interfacesShown: boolean
}

/**
 * Reads what `iptables -L` or `ip6tables -L` printed, with any of -n, -v, -x and --line-numbers, of 1.4 to 1.8 and of
 * either back end; also pasted with prompts, several times over, or in part. Never throws: lines that are no part of a
 * listing are noted as problems, a run of them as one.
 */
export function parseListing(text: string): Listing {
  const state: State = {
    chains: [],
    notes: [],
    elided: [],
    strays: [],
    chain: null,
    table: null,
    titles: null,
    families: new Set(),
    verbose: new Set(),
    junk: null,
  }
  let number = 0
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    readLine(state, text.slice(start, end).trimEnd(), ++number)
    start = end + 1
  }
  const [family = null, other] = state.families
  if (other) state.notes.push({ line: 1, message: 'listings of IPv4 and of IPv6 stand in one text', more: 0 })
  return {
    chains: state.chains.map((chain) => ({ ...chain, rules: chain.rules.map((rule) => readRule(rule, family ?? 4)) })),
    problems: state.notes.map(({ line, message, more }) => ({
      line,
      message: more > 0 ? `${message}, and ${more} more` : message,
    })),
    elided: state.elided,
    strays: state.strays.map((rule) => readRule(rule, family ?? 4)),
    family: other ? null : family,
    interfacesShown: state.verbose.has(true) && !state.verbose.has(false),
  }
}

/** What has been read so far; rules wait for their options, since some names mean another address in IPv6. */
interface State {
  chains: (Omit<ListedChain, 'rules'> & { rules: RowLine[] })[]
  notes: Note[]
  elided: Listing['elided']
  strays: RowLine[]
  /** What the next rule belongs to. */
  chain: State['chains'][number] | null
  table: string | null
  titles: Columns | null
  families: Set<Family>
  verbose: Set<boolean>
  /** The note of a run of lines that say nothing, while it goes on. */
  junk: Note | null
}

interface RowLine {
  line: number
  text: string
  row: Row | 'cut'
}

interface Note {
  line: number
  message: string
  /** How many lines after it are of the same kind. */
  more: number
}

function readLine(state: State, text: string, line: number): void {
  if (text === '') return
  const chain = readChain(text)
  const titles = chain ? null : readTitles(text)
  const read = chain || titles ? null : readRow(text, state.titles)
  // What is too wide for a terminal may end so.
  const row = read && text.endsWith('…') ? 'cut' : read
  if (chain) {
    state.chain = { ...chain, line, table: state.table, rules: [] }
    state.titles = null
    state.chains.push(state.chain)
  } else if (titles) {
    state.titles = titles
    state.verbose.add(titles.verbose)
  } else if (row && state.chain) {
    state.chain.rules.push({ line, text, row })
    if (row !== 'cut') noteRow(state, row)
  } else {
    const isStray = row !== null && row !== 'cut' && state.chains.length === 0
    if (!isStray) return noteOther(state, text, line, row === null ? 'no line of iptables -L' : 'a rule of no chain')
    state.strays.push({ line, text, row })
    noteRow(state, row)
  }
  state.junk = null
}

const CHAIN = /^\s*Chain (\S+)(?:\s+\((.*?)\)?)?$/
const POLICY = /^policy (\w+)(?: (\S+) packets, (\S+) bytes)?$/

function readChain(text: string): Omit<ListedChain, 'line' | 'table' | 'rules'> | null {
  const found = CHAIN.exec(text)
  if (!found) return null
  const [, name, brackets = ''] = found
  const [, word = '', packets = '', bytes = ''] = POLICY.exec(brackets) ?? []
  const policy = word === 'ACCEPT' ? 'accept' : word === 'DROP' ? 'drop' : null
  const references = /^(\d+) references$/.exec(brackets)?.[1]
  return {
    name: name!,
    policy,
    counter: readCounter(packets, bytes),
    references: references === undefined ? null : Number(references),
  }
}

/** What a rule tells about the whole listing. */
function noteRow(state: State, row: Row): void {
  state.verbose.add(row.in !== null)
  for (const address of [row.source, row.destination]) {
    if (address.includes(':')) state.families.add(6)
    else if (/^!?\d+\.\d+\.\d+\.\d+(?:\/|$)/.test(address)) state.families.add(4)
  }
  if (row.fragment === '') state.families.add(6)
}

/** Notes a line that is no part of a listing; a run of such lines makes one note. */
function noteOther(state: State, text: string, line: number, complaint: string): void {
  const other = readOther(text)
  if (other.kind === 'junk') {
    if (state.junk?.message.startsWith(complaint)) {
      state.junk.more++
      return
    }
    state.junk = { line, message: `${complaint}: ${JSON.stringify(text.trim().slice(0, 80))}`, more: 0 }
    state.notes.push(state.junk)
    return
  }
  state.junk = null
  if (other.kind === 'elided') {
    state.elided.push({ line, text: text.slice(0, 80) })
    state.notes.push({ line, message: LEFT_OUT, more: 0 })
  }
  if (other.kind === 'remark') state.notes.push({ line, message: other.message, more: 0 })
  if (other.kind !== 'above') return
  state.table = other.table
  state.chain = null
  state.titles = null
  if (other.family) state.families.add(other.family)
}

function readRule({ line, text, row }: RowLine, family: Family): ListedRule {
  if (row !== 'cut') return { line, text, counter: row.counter, ...ruleOptions(row, family) }
  const options: Option[] = [{ flag: '--unknown', negation: 'none', args: [text.trim()] }]
  return { line, text, counter: null, options, problem: 'the line is cut' }
}
