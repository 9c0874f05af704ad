import { canonicalAddress, familyOf, parseAddress } from '../../model/address.ts'
import type { PodInterface } from '../../model/node.ts'
import { numberOf, objectOf, objectsOf, readEach, stringOf } from '../host/json.ts'
import { type Parsed, ProblemLog } from '../parsed.ts'

/** `cilium-dbg endpoint list -o json`: the node's own pods, and the interfaces that lead to them. The node itself is one, too, and has none. */
export function parseCiliumEndpoints(text: string, file: string): Parsed<PodInterface> {
  const log = new ProblemLog(file)
  const found = readEach(text, log, (entry): PodInterface | null => {
    const status = objectOf(entry, 'status')
    const networking = objectOf(status, 'networking')
    const external = objectOf(status, 'external-identifiers')
    if (!('status' in entry)) return null
    const addresses = objectsOf(networking, 'addressing')
      .flatMap((one) => [stringOf(one, 'ipv4'), stringOf(one, 'ipv6')])
      .flatMap((one) => (one !== null && parseAddress(one) ? canonicalAddress(one) : []))
      .map((address) => ({ address, prefix: familyOf(address) === 4 ? 32 : 128 }))
    return {
      namespace: stringOf(external, 'k8s-namespace') ?? stringOf(external, 'pod-name') ?? `endpoint ${entry.id}`,
      ...{ name: 'eth0', mac: stringOf(networking, 'mac'), mtu: null, addresses },
      peerIndex: numberOf(networking, 'interface-index'),
    }
  })
  return { items: found.filter(({ addresses, peerIndex }) => addresses.length > 0 && peerIndex), problems: log.list() }
}
