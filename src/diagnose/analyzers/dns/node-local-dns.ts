import type { Evidence } from '../../../model/evidence.ts'
import { isNodeCache, nodeCaches } from '../../../model/kube/cluster-dns.ts'
import { type Analyzer, listed } from '../../case.ts'

/** A DNS cache on the node. */
export const nodeLocalDns: Analyzer = {
  code: 'SVP206',
  find({ observation, report: { dns } }) {
    if (!dns) return []
    const [conf] = observation.resolvConfs
    const caches = nodeCaches(observation)
    // Of a client that is known, what it asks counts.
    const asked = conf?.nameservers.filter((address) => isNodeCache(observation, address))
    const addresses = asked ?? [...new Set(caches.flatMap((one) => one.addresses))]
    if (addresses.length === 0) return []
    const fromConf: Evidence[] = conf
      ? [
          {
            node: null,
            command: 'cat /etc/resolv.conf',
            file: conf.origin,
            line: null,
            text: `nameserver ${addresses[0]}`,
          },
        ]
      : []
    const fromNodes = caches.map(
      ({ node, addresses: own }): Evidence => ({
        ...{ node, command: 'ip -j -d addr show', file: `nodes/${node}/ip-addr.json`, line: null },
        text: `nodelocaldns ${own.join(', ')}`,
      }),
    )
    const where = caches.length > 0 ? `on ${listed(caches.map(({ node }) => node))}` : 'on the client’s node'
    return [
      {
        subject: listed(addresses),
        message: `a cache ${where} answers names at ${listed(addresses)}: what the cluster DNS says arrives with its delay`,
        evidence: [...fromConf, ...fromNodes],
      },
    ]
  },
}
