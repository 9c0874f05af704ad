import { canonicalAddress, familyOf, parseAddress } from '../../model/address.ts'
import type { PodInterface } from '../../model/node.ts'
import type { Problem } from '../../model/rules.ts'
import { numberOf, objectOf, objectsOf, readEach, stringOf } from '../host/json.ts'
import { ProblemLog } from '../parsed.ts'
import { listIn, refusalIn } from './parts.ts'

const COMMAND = 'cilium-dbg endpoint list'

/** `cilium-dbg endpoint list -o json`: the node's own pods, and the interfaces that lead to them. The node itself is one, too, and has none. */
export function parseCiliumEndpoints(
  text: string,
  file: string,
): { value: PodInterface[] | null; problems: Problem[] } {
  if (refusalIn(text, COMMAND, file)) return { value: null, problems: [] }
  const log = new ProblemLog(file)
  const found = readEach(listIn(text), log, (entry): PodInterface | null => {
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
  const problems = log.list()
  const pods = found.filter(({ addresses, peerIndex }) => addresses.length > 0 && peerIndex)
  return { value: pods.length === 0 && problems.length > 0 ? null : pods, problems }
}
