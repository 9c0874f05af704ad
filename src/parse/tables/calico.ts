import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { Protocol } from '../../model/cluster.ts'
import type { ServiceTable, TableFrontend } from '../../model/dataplanes/service-table.ts'
import type { Problem } from '../../model/rules.ts'
import { extentOf } from '../cilium/parts.ts'
import { linesOf, ProblemLog, quote } from '../parsed.ts'

const COMMAND = 'calico-node -bpf nat dump'
const FRONTEND = /^([\da-f.:]+) port (\d+) proto (\d+) id \d+ count (\d+) local \d+\b/i
const BACKEND = /^\s+\d+:\d+\s+\[?([\da-f.:]+?)\]?:(\d+)\s*$/i
const LOG = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \[[A-Z]+\]/

const PROTOCOLS: Readonly<Record<string, Protocol>> = { '6': 'TCP', '17': 'UDP', '132': 'SCTP' }

/** `calico-node -bpf nat dump`: a frontend with the number of its backends, and these below it. Lines of its log may stand between. */
export function parseCalicoNat(text: string, file: string): { value: ServiceTable[] | null; problems: Problem[] } {
  const log = new ProblemLog(file)
  const frontends: (TableFrontend & { backends: { address: string; port: number }[]; count: number })[] = []
  let reads = false
  for (const { number, text: line } of linesOf(text, log)) {
    if (line.trim() === '' || line.startsWith('#') || LOG.test(line)) continue
    const [, address, port, proto, count] = FRONTEND.exec(line) ?? []
    const [, to, toPort] = BACKEND.exec(line) ?? []
    if (address !== undefined && parseAddress(address)) {
      const protocol = PROTOCOLS[proto!]
      reads = protocol !== undefined
      const source = { command: COMMAND, file, line: number, text: line.trim() }
      const place = { address: canonicalAddress(address), port: Number(port), backends: [], count: Number(count) }
      // What takes packets of all protocols translates none.
      if (protocol) frontends.push({ ...place, protocol, whole: false, source })
    } else if (to !== undefined && parseAddress(to)) {
      if (reads) frontends.at(-1)?.backends.push({ address: canonicalAddress(to), port: Number(toPort) })
    } else {
      log.add(number, `not a line of ${COMMAND} that can be read: ${quote(line)}`)
      reads = false
    }
  }
  const all = frontends.map(({ count, ...one }) => ({ ...one, whole: one.backends.length === count }))
  const plane = 'Calico’s eBPF data plane'
  const extent = extentOf(text, false)
  const value = all.length > 0 || extent.kind === 'asked' ? [{ plane, frontends: all, extent } as const] : null
  return { value, problems: log.list() }
}
