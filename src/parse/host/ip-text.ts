/** The plain text of `ip neigh` and `ip rule`, as iproute2 and BusyBox print it. */
import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { Neighbour, PolicyRule } from '../../model/node.ts'
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'
import { integer, macAddress, policyRule, words } from './values.ts'

/** `ip [-6] [-s] neigh`. Proxy entries, which name no neighbour, are left out; one without a device is a problem. */
export function parseIpNeighText(text: string, file: string): Parsed<Neighbour> {
  const log = new ProblemLog(file)
  const items: Neighbour[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    const row = words(line)
    if (row.length === 0 || row.includes('proxy')) continue
    const neighbour = readNeighbour(row)
    if (neighbour) items.push(neighbour)
    else log.add(number, `not a line of ip neigh: ${quote(line)}`)
  }
  return { items, problems: log.list() }
}

/** `ip [-6] rule`. Everything beside source and table, and any action but a look-up, stands in `condition`. */
export function parseIpRuleText(text: string, file: string): Parsed<PolicyRule> {
  const log = new ProblemLog(file)
  const items: PolicyRule[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    if (line.trim() === '') continue
    const rule = readRule(line)
    if (rule) items.push(rule)
    else log.add(number, `not a line of ip rule: ${quote(line)}`)
  }
  // The rule of the table main stands near the end of every list: without it the list was cut short, and says nothing.
  if (items.length > 0 && !items.some(({ table }) => table === 'main' || table === '254')) {
    log.add(null, 'ip rule is cut short: no rule of it leads to the table main')
    return { items: [], problems: log.list() }
  }
  return { items, problems: log.list() }
}

/** `10.244.1.4 dev cni0 lladdr 12:5c:b4:9f:2e:88 router REACHABLE`. */
function readNeighbour(row: string[]): Neighbour | null {
  const address = row[0]!
  const device = row[1] === 'dev' ? row[2] : undefined
  if (device === undefined || !parseAddress(address)) return null
  const mac = row[3] === 'lladdr' ? macAddress(row[4]) : null
  return { address: canonicalAddress(address), device, mac, states: row.slice(3).filter((word) => STATES.has(word)) }
}

/** The names of NUD_* in iproute2's nud_state_a2n. */
const STATES = new Set('INCOMPLETE REACHABLE STALE DELAY PROBE FAILED NOARP PERMANENT NONE'.split(' '))

/** `100:	not from 10.1.0.0/24 fwmark 0x1/0xf lookup 77 proto static`. */
function readRule(line: string): PolicyRule | null {
  const colon = line.indexOf(':')
  const priority = colon < 0 ? null : integer(line.slice(0, colon).trim())
  if (priority === null) return null
  let from: string | null = null
  let table: string | null = null
  const conditions: string[] = []
  const row = words(line.slice(colon + 1))
  for (let i = 0; i < row.length; i++) {
    if (row[i] === 'from') from = row[++i] ?? null
    else if (row[i] === 'lookup' || row[i] === 'table') table = row[++i] ?? null
    else if (row[i] === 'proto') i++
    else conditions.push(row[i]!)
  }
  if (from === null) return null
  if (table === '[l3mdev-table]') return policyRule(priority, from, null, [...conditions, 'l3mdev'])
  // BusyBox prints the table of a rule without one as `unspec`.
  return policyRule(priority, from, table === 'unspec' ? null : table, conditions)
}
