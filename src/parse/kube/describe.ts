import { type Endpoint, isName, type Service, type ServicePort, unknownService } from '../../model/cluster.ts'
import { linesOf, ProblemLog, quote } from '../parsed.ts'
import { isBlank, listed, readEndpointList, readLabels, readOutside, readPort, readProtocol } from './cells.ts'
import { addSource, emptyParts, type KubeParts, keyOf } from './parts.ts'
import { defaultAffinitySeconds, proxiedAddress } from './service.ts'

/**
 * Reads what `kubectl describe service` prints, for one Service or several; descriptions of other objects are left out. It
 * shows only endpoints that are ready, newer releases three a port, and of ClientIP affinity not how long it lasts, for
 * which the default stands.
 */
export function parseDescribe(text: string, file: string): KubeParts {
  const parts = emptyParts('describe')
  const log = new ProblemLog(file)
  for (const description of descriptionsIn(text, log)) readDescription(description, file, parts, log)
  parts.problems = log.list()
  return parts
}

/** True where a text begins with the description of a Service. */
export function looksLikeDescribe(text: string): boolean {
  const head = text.slice(0, 16_384)
  return /^Name:\s/m.test(head) && /^Type:\s+(ClusterIP|NodePort|LoadBalancer|ExternalName)\s*$/m.test(head)
}

interface Entry {
  key: string
  value: string
  line: number
}

/** The entries from one `Name:` to the next. Indented lines continue a value that the path does not depend on. */
function* descriptionsIn(text: string, log: ProblemLog): Generator<Entry[]> {
  let entries: Entry[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    const colon = line.indexOf(':')
    if (/^\s|^$/.test(line)) continue
    const entry = { key: line.slice(0, Math.max(colon, 0)), value: line.slice(colon + 1).trim(), line: number }
    if (entry.key === 'Name') {
      if (entries.length > 0) yield entries
      entries = [entry]
    } else if (entries.length > 0) entries.push(entry)
    else log.add(number, `not part of a description: ${quote(line)}`)
  }
  if (entries.length > 0) yield entries
}

function readDescription(entries: readonly Entry[], file: string, parts: KubeParts, log: ProblemLog): void {
  const line = entries[0]!.line
  const name = entries[0]!.value
  const namespace = firstValue(entries, 'Namespace') || 'default'
  if (!isName(name) || !isName(namespace)) log.add(line, `${quote(name)} is no name, so its description is left out`)
  else if (!entries.some(({ key }) => serviceKeys.has(key))) {
    log.add(line, `the description of ${name} is not that of a Service and is left out`)
  } else {
    const service = unknownService(namespace, name, file)
    readService(service, entries, log)
    readPorts(service, entries, parts, log)
    parts.services.push(service)
  }
}

/** No other object's description has these. */
const serviceKeys: ReadonlySet<string> = new Set(['Session Affinity', 'TargetPort', 'IP Families'])

/** '' where there is none; of two `IP` the first is the cluster IP (the other, in old releases, a wanted address). */
const firstValue = (entries: readonly Entry[], key: string): string =>
  entries.find((entry) => entry.key === key)?.value ?? ''

function readService(service: Service, entries: readonly Entry[], log: ProblemLog): void {
  const value = (key: string): string => firstValue(entries, key)
  const type = value('Type')
  if (type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer' || type === 'ExternalName')
    service.type = type
  const addresses = isBlank(value('IPs')) ? value('IP') : value('IPs')
  service.headless = addresses === 'None'
  service.clusterIPs = service.headless ? [] : readOutside(addresses).ips
  service.externalIPs = readOutside(value('External IPs')).ips
  const ingress = listed(value('LoadBalancer Ingress'))
  const proxied = ingress.filter((entry) => entry.endsWith(' (Proxy)'))
  if (proxied.length > 0) log.add(entries[0]!.line, `Service ${service.namespace}/${service.name}: ${proxiedAddress}`)
  const direct = readOutside(
    ingress
      .filter((entry) => !proxied.includes(entry))
      .join(',')
      .replaceAll(' (VIP)', ''),
  )
  service.loadBalancerIPs = direct.ips
  service.loadBalancerHostnames = direct.hostnames
  service.loadBalancerSourceRanges = listed(value('LoadBalancer Source Ranges'))
  service.externalTrafficPolicy = policyOf(value('External Traffic Policy'))
  service.internalTrafficPolicy = policyOf(value('Internal Traffic Policy'))
  service.affinitySeconds = value('Session Affinity') === 'ClientIP' ? defaultAffinitySeconds : null
  service.selector = readLabels(value('Selector'))
  service.externalName = value('External Name') || null
}

const policyOf = (value: string): 'Cluster' | 'Local' | null =>
  value === 'Cluster' || value === 'Local' ? value : null

/** `Port`, then what belongs to that port. */
function readPorts(service: Service, entries: readonly Entry[], parts: KubeParts, log: ProblemLog): void {
  let port: ServicePort | null = null
  for (const { key, value, line } of entries) {
    if (key === 'Port') {
      port = portOf(value)
      if (port) service.ports.push(port)
      else log.add(line, `not a port of a Service: ${quote(value)}`)
    } else if (!port) continue
    else if (key === 'TargetPort') port.targetPort = value.replace(/\/[A-Z]+$/, '') || null
    else if (key === 'NodePort') port.nodePort = portOf(value)?.port ?? null
    else if (key === 'Endpoints') readEndpoints(service, port, value, line, parts, log)
  }
}

/** `<unset>  80/TCP`, `http  80/TCP`. */
function portOf(value: string): ServicePort | null {
  const [, name = '', number = '', protocolText = ''] = /^(\S+)\s+(\d+)\/([A-Z]+)$/.exec(value) ?? []
  const [port, protocol] = [readPort(number), readProtocol(protocolText)]
  if (port === null || protocol === null) return null
  return { name: isBlank(name) ? '' : name, port, protocol, targetPort: null, nodePort: null }
}

function readEndpoints(
  { namespace, name, origin }: Service,
  { name: portName, protocol }: ServicePort,
  value: string,
  line: number,
  parts: KubeParts,
  log: ProblemLog,
): void {
  const { addresses, more, odd } = readEndpointList(value)
  if (more > 0) log.add(line, `kubectl left out ${more} of the endpoints of ${name}`)
  if (odd > 0) log.add(line, `${odd} of the endpoints of ${name} cannot be read`)
  const items = addresses.map(({ address, port }): Endpoint => {
    const state = { ready: true, serving: true, terminating: false, pod: null, node: null, origin }
    return { namespace, service: name, address, port, portName, protocol, ...state }
  })
  const read = () => ({ items, problems: [] })
  addSource(parts.endpointsObjects, keyOf(namespace, name), { cut: more + odd > 0, read })
}
