import type { Ending } from '../../kernel/flow.ts'
import { canonicalAddress, joinHostPort, parseAddress } from '../../model/address.ts'
import type { Service } from '../../model/cluster.ts'
import type { Entry } from '../../model/entry.ts'
import { endpointChain, portKeys } from './names.ts'

/** An address and port that an endpoint may have. */
export interface Candidate {
  address: string
  port: number | null
}

/**
 * A chain that the text does not hold is named after the hash of its endpoint: whichever of the candidates, or of what the rule's own comment
 * (`shop/web -> 10.0.0.1:80`) names, gives that hash, is it. Null where none does. In nftables mode the name itself says it.
 */
export function provenEndpoint(
  chain: string,
  ending: Ending,
  service: Service,
  entry: Entry,
  candidates: readonly Candidate[],
): Candidate | null {
  const native = nativeEndpoint(chain)
  if (native) return native
  const keys = portKeys(service.namespace, service.name, entry.servicePort.name)
  const commented = /-> (\S+):(\d+)$/.exec(ending.trail?.step.rule.comment ?? '')
  const named = commented ? [{ address: commented[1]!.replaceAll(/[[\]]/g, ''), port: Number(commented[2]) }] : []
  const fits = [...named, ...candidates].find(({ address, port }) =>
    keys.some((key) => endpointChain(key, entry.protocol, joinHostPort(address, port)) === chain),
  )
  return fits ?? null
}

/** `endpoint-FDH7QP7U-shop/web/tcp/http__10.244.1.5/8080`; of an IPv6 address the colons are dots (servicePortEndpointChainNameBase). */
function nativeEndpoint(chain: string): Candidate | null {
  const [, text = '', port] = /^endpoint-[A-Z2-7]{8}-.*__([^/]+)\/(\d{1,5})$/.exec(chain) ?? []
  const address = parseAddress(text) ? text : text.replaceAll('.', ':')
  return parseAddress(address) ? { address: canonicalAddress(address), port: Number(port) } : null
}
