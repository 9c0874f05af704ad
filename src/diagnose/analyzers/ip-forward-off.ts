import { type Analyzer, sysctlEvidence, walkedNodes } from '../case.ts'
import { onNode } from '../fix.ts'

/** A node that forwards nothing. */
export const ipForwardOff: Analyzer = {
  code: 'SVP401',
  find(seen) {
    const six = seen.service.clusterIPs.some((address) => address.includes(':'))
    const keys = ['net.ipv4.ip_forward', ...(six ? ['net.ipv6.conf.all.forwarding'] : [])]
    return walkedNodes(seen).flatMap(({ path, state }) =>
      keys.flatMap((key) => {
        if (state.sysctls?.get(key) !== '0') return []
        return [
          {
            node: path.name,
            subject: key,
            message: `${path.name} forwards no ${six ? `${key.includes('ipv6') ? 'IPv6' : 'IPv4'} ` : ''}packets: its pods reach no service${six ? ' by it' : ''}, and no service reaches its pods`,
            evidence: [sysctlEvidence(path.name, key, '0')],
            fix: onNode(path.name, `sysctl -w ${key}=1`, 'and keep it in /etc/sysctl.d'),
          },
        ]
      }),
    )
  },
}
