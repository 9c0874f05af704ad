import { type Family, familyOf } from '../../../model/address.ts'
import { hitsOf, stopsOf } from '../../blocked-endpoints.ts'
import { type Analyzer, ofNodes, sysctlEvidence, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** What the kernel asks before it forwards a packet of a family (ip_route_input_slow in route.c, ip6_forward in ip6_output.c). */
const KEYS: Readonly<Record<Family, string>> = { 4: 'net.ipv4.ip_forward', 6: 'net.ipv6.conf.all.forwarding' }

/** A node that forwards nothing. */
export const ipForwardOff: Analyzer = {
  code: 'SVP401',
  needs: (seen) => ofNodes(seen, 'the kernel settings', ({ sysctls }) => sysctls === null),
  find(seen) {
    return walkedNodes(seen).flatMap(({ path, state }) =>
      ([4, 6] as const).flatMap((family) => {
        const key = KEYS[family]
        // A service of the other family alone is not touched by it.
        const met = path.entries.filter(({ address }) => familyOf(address) === family)
        if (state.sysctls?.get(key) !== '0' || met.length === 0) return []
        // Who is led to its pods from another node is hit as well.
        const ends = stopsOf(seen, ['setting']).filter(
          ({ stop }) => stop.node === path.name && stop.reason.startsWith(key),
        )
        return [
          {
            node: path.name,
            subject: key,
            message: `${path.name} forwards no IPv${family} packets: its pods reach no service by IPv${family}, and no service reaches its pods`,
            evidence: [sysctlEvidence(path.name, key, '0')],
            fix: onNode(path.name, `sysctl -w ${key}=1`, 'and keep it in /etc/sysctl.d'),
            hits: [...met.map((entry) => ({ node: path.name, entry })), ...ends.flatMap(hitsOf)],
          },
        ]
      }),
    )
  },
}
