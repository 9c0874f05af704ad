import { canonicalAddress, formatAddress, parseAddress } from '../../model/address.ts'
import type { Protocol } from '../../model/cluster.ts'
import type { ServiceTable, TableFrontend } from '../../model/dataplanes/service-table.ts'
import type { Problem } from '../../model/rules.ts'
import { linesOf, ProblemLog, quote } from '../parsed.ts'

const COMMAND = 'antctl get ovsflows'
const FLOW = /\b(tcp|udp|sctp)6?,.*\b(?:nw_dst|ipv6_dst)=([\da-f.:]+),.*\btp_dst=(\d+)\b.* actions=.*\bgroup:(\d+)\b/i
const GROUP = /\bgroup_id=(\d+),.*\btype=select\b/

/**
 * `antctl get ovsflows -S SERVICE -n NAMESPACE`, or `-T ServiceLB` with `-G all`: flows that take a service's address and give it to a group, whose
 * buckets write the endpoint's address to register 3 and its port to register 4 (docs/design/ovs-pipeline.md; IPv4 alone).
 */
export function parseAntreaFlows(text: string, file: string): { value: ServiceTable[] | null; problems: Problem[] } {
  const log = new ProblemLog(file)
  const groups = new Map<string, Place[] | null>()
  const flows: (Omit<TableFrontend, 'backends' | 'whole'> & { group: string })[] = []
  for (const { number, text: line } of joined(text, log)) {
    const [, id] = GROUP.exec(line) ?? []
    if (id !== undefined) {
      groups.set(id, bucketsOf(line))
      continue
    }
    const [, protocol, address, port, group] = FLOW.exec(line) ?? []
    if (address === undefined || !parseAddress(address)) {
      if (/\bgroup[:_]/.test(line)) log.add(number, `not a line of ${COMMAND} that can be read: ${quote(line)}`)
      continue
    }
    const place = { address: canonicalAddress(address), port: Number(port), group: group! }
    const source = { command: COMMAND, file, line: number, text: line.trim() }
    flows.push({ ...place, protocol: protocol!.toUpperCase() as Protocol, source })
  }
  // Other flows of Open vSwitch have groups, too, and are not Antrea's.
  const isAntrea = [...groups.values()].some((places) => places !== null)
  const frontends = flows.map(({ group, ...one }): TableFrontend => {
    const backends = groups.get(group)
    return { ...one, backends: backends ?? [], whole: backends != null }
  })
  const value = isAntrea ? [{ plane: 'Antrea' as const, frontends, extent: { kind: 'part' as const } }] : null
  return { value, problems: log.list() }
}

interface Place {
  address: string
  port: number
}

/** Lines that a backslash breaks are one. */
function joined(text: string, log: ProblemLog): { number: number; text: string }[] {
  const lines: { number: number; text: string }[] = []
  let open = false
  for (const { number, text: line } of linesOf(text, log)) {
    const last = lines.at(-1)
    const part = line.replace(/\\\s*$/, '')
    if (open && last) last.text += part
    else lines.push({ number, text: part })
    open = part !== line
  }
  return lines
}

const ADDRESS = /\b(?:load:0x([\da-f]{1,8})->NXM_NX_REG3\[\]|set_field:0x([\da-f]{1,8})->reg3\b)/i
const PORT = /\b(?:load:0x([\da-f]{1,4})->NXM_NX_REG4\[0\.\.15\]|set_field:0x([\da-f]{1,4})\/0xffff->reg4\b)/i

/** Null where one of them writes anything else. */
function bucketsOf(line: string): Place[] | null {
  const buckets = line.split(/\bbucket=/).slice(1)
  const places = buckets.flatMap((bucket) => {
    const [, loaded, set] = ADDRESS.exec(bucket) ?? []
    const [, loadedPort, setPort] = PORT.exec(bucket) ?? []
    const [address, port] = [loaded ?? set, loadedPort ?? setPort]
    if (address === undefined || port === undefined) return []
    return { address: formatAddress(4, BigInt(`0x${address}`)), port: Number.parseInt(port, 16) }
  })
  return places.length === buckets.length ? places : null
}
