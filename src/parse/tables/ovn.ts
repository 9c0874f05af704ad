import type { Protocol } from '../../model/cluster.ts'
import type { ServiceTable, TableFrontend } from '../../model/dataplanes/service-table.ts'
import type { Problem } from '../../model/rules.ts'
import { extentOf } from '../cilium/parts.ts'
import { readHostPort } from '../ipvs/address.ts'
import { linesOf, ProblemLog, quote } from '../parsed.ts'

const COMMAND = 'ovn-nbctl lb-list'
const HEADING = /^UUID\s+LB\s+PROTO\s+VIP\s+IPs\s*$/
/** Names are cut at 16 letters; those of a load balancer with several addresses stand in its first line alone. */
const ROW = /^(?:[\da-f]{8}-[\da-f-]{27}\s+\S+)?\s+(tcp|udp|sctp)\s+(\S+:\d+)(?:\s+(\S+))?\s*$/

/** `ovn-nbctl lb-list`, `ls-lb-list SWITCH`, `lr-lb-list ROUTER`: addresses, and where OVN leads what is sent there; nowhere where nothing stands behind one. */
export function parseOvnLoadBalancers(
  text: string,
  file: string,
): { value: ServiceTable[] | null; problems: Problem[] } {
  const log = new ProblemLog(file)
  const frontends: TableFrontend[] = []
  let headed = false
  for (const { number, text: line } of linesOf(text, log)) {
    if (line.trim() === '' || line.startsWith('#')) continue
    if (HEADING.test(line)) {
      headed = true
      continue
    }
    const [, protocol, vip, backends = ''] = ROW.exec(line) ?? []
    // Of a node port a template has the node's address.
    if (vip?.startsWith('^')) continue
    const place = vip === undefined ? null : readHostPort(vip)
    const led = backends === '' ? [] : backends.split(',').map(readHostPort)
    if (!place || led.some((one) => one === null)) {
      log.add(number, `not a line of ${COMMAND} that can be read: ${quote(line)}`)
      continue
    }
    frontends.push({
      ...{ ...place, protocol: protocol!.toUpperCase() as Protocol, whole: true },
      backends: led.flatMap((one) => one ?? []),
      source: { command: COMMAND, file, line: number, text: line.trim() },
    })
  }
  const problems = log.list()
  const extent = extentOf(text, headed && problems.length === 0 && !/^\(cut off\)/m.test(text))
  const value = frontends.length > 0 || headed ? [{ plane: 'OVN-Kubernetes' as const, frontends, extent }] : null
  return { value, problems }
}
