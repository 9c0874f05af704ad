import { type Analyzer, listed } from '../case.ts'

/** A client whose resolver is not the cluster’s. */
export const otherResolver: Analyzer = {
  code: 'SVP204',
  find({ observation: { resolvConfs }, report: { dns } }) {
    const [conf] = resolvConfs
    if (!conf || !dns || dns.service || conf.nameservers.every((address) => address.startsWith('169.254.'))) return []
    return [
      {
        subject: conf.origin,
        message: `the client asks ${listed(conf.nameservers)}, which is no cluster DNS: it does not find services by name`,
        evidence: [
          {
            node: null,
            command: 'cat /etc/resolv.conf',
            file: conf.origin,
            line: null,
            text: `nameserver ${conf.nameservers[0] ?? ''}`,
          },
        ],
        fix: 'set dnsPolicy: ClusterFirst (ClusterFirstWithHostNet on the host network) in the pod',
      },
    ]
  },
}
