import { type Analyzer, listed } from '../case.ts'

/** A DNS cache on the node. */
export const nodeLocalDns: Analyzer = {
  code: 'SVP206',
  find({ observation: { resolvConfs } }) {
    const [conf] = resolvConfs
    const local = (conf?.nameservers ?? []).filter((address) => address.startsWith('169.254.'))
    if (!conf || local.length === 0) return []
    return [
      {
        subject: listed(local),
        message: 'a cache on the client’s node answers its names: what the cluster DNS says arrives with its delay',
        evidence: [
          {
            node: null,
            command: 'cat /etc/resolv.conf',
            file: conf.origin,
            line: null,
            text: `nameserver ${local[0]}`,
          },
        ],
      },
    ]
  },
}
