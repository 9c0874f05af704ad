import { type Analyzer, type Case, listed, sysctlEvidence, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

const RANGE = 'net.ipv4.ip_local_port_range'
const RESERVED = 'net.ipv4.ip_local_reserved_ports'

/** Node ports that the kernel may give to a program of the node as the source port of a connection. */
export const nodePortTaken: Analyzer = {
  code: 'SVP323',
  beyond: true,
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path: { name, entries }, state: { sysctls } }) => {
      const range = sysctls?.get(RANGE)
      const reserved = sysctls?.get(RESERVED) ?? whenEmpty(seen)
      if (range === undefined || reserved === null) return []
      const [low, high] = range.split(/\s+/).map(Number)
      const ports = [...new Set(entries.flatMap(({ kind, port }) => (kind === 'nodePort' ? [port] : [])))]
      const open = ports.filter((port) => port >= low! && port <= high! && !isIn(port, reserved))
      if (open.length === 0) return []
      const hits = entries.filter(({ kind, port }) => kind === 'nodePort' && open.includes(port))
      return [
        {
          node: name,
          subject: `node port ${open.join(', ')}`,
          message: `${name} may give the node port ${listed(open.map(String))} to one of its own outgoing connections (ephemeral ports ${low} to ${high}, not reserved): replies to that connection then go to the service`,
          evidence: [sysctlEvidence(name, RANGE, range), sysctlEvidence(name, RESERVED, reserved)],
          fix: onNode(
            name,
            `sysctl -w ${RESERVED}=30000-32767`,
            `or a range that begins above the node ports: sysctl -w ${RANGE}="32768 60999"`,
          ),
          hits: hits.map((entry) => ({ node: name, entry })),
        },
      ]
    }),
}

/** The node script prints no setting that is empty; of a text by others nobody knows. */
const whenEmpty = ({ observation: { source } }: Case): string | null => (source === 'rules' ? null : '')

/** `8080,9148,30000-32767` */
const isIn = (port: number, ranges: string): boolean =>
  ranges.split(',').some((range) => {
    const [low, high] = range.split('-').map(Number)
    return low !== undefined && port >= low && port <= (high ?? low)
  })
