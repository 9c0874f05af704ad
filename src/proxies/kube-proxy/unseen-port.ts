import type { Service, ServicePort } from '../../model/cluster.ts'
import type { Entry } from '../../model/entry.ts'
import type { UnseenPort } from '../../model/rules.ts'
import { portKeys, type ServiceChainKind, serviceChain } from './names.ts'
import { nameIn } from './services.ts'

/**
 * Is a rule that does not show its port for the one of an entry? The hash in the chain's name tells, or the port's name in the comment; of a service with
 * one port, that it is the service's. Null where nothing tells, and never by a port's place in a list.
 */
export function isForPort(rule: UnseenPort, service: Service, { servicePort }: Entry): boolean | null {
  if (servicePort.port === 0) return null
  if (isOf(rule, service, servicePort)) return true
  const isOther = service.ports.some((port) => port.port > 0 && port !== servicePort && isOf(rule, service, port))
  return isOther ? false : null
}

function isOf({ chain, comment, protocol }: UnseenPort, service: Service, port: ServicePort): boolean {
  if (protocol !== port.protocol.toLowerCase()) return false
  const said = nameIn(comment)
  const isMeant = said?.namespace === service.namespace && said.name === service.name
  const name = isMeant && isNameUntold(service) ? said.port : port.name
  if (chain === null) return isMeant && said.port === name
  const [, kind] = /^KUBE-(SVC|SVL|EXT|FW|XLB)-/.exec(chain) ?? []
  const keys = portKeys(service.namespace, service.name, name)
  return keys.some((key) => serviceChain(kind as ServiceChainKind, key, protocol) === chain)
}

/** A table of kubectl names no port, nor where it leads to: objects of the API always do the latter. */
const isNameUntold = ({ ports }: Service): boolean =>
  ports.length === 1 && ports[0]!.name === '' && ports[0]!.targetPort === null
