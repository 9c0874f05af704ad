import { isName } from '../../model/cluster.ts'
import { ProblemLog, quote } from '../parsed.ts'
import { readDocuments } from './documents.ts'
import { isOverCapacity, readEndpoints, readSlice, serviceOfSlice } from './endpoints.ts'
import type { Fields, Note } from './fields.ts'
import { fieldsIn, isFields, textIn } from './fields.ts'
import { FRONT_GROUPS, isFrontKind, readFront } from './front/objects.ts'
import { readAdvertisement, readL2Status } from './metallb.ts'
import { readNode } from './node.ts'
import { addSource, emptyParts, type KubeParts, keyOf } from './parts.ts'
import { readPod } from './pod.ts'
import { readPolicy } from './policy.ts'
import { readService } from './service.ts'

/**
 * Reads what `kubectl get -o json|yaml` and `kubectl version -o json|yaml` print: single objects, lists, several documents
 * after one another. It never throws: what cannot be read is left out and stands in `problems`, as does, once a kind, what
 * is not used. `file` names the text as evidence; its base name also tells the kind of an empty `List`, which has none.
 */
export function parseObjects(text: string, file: string): KubeParts {
  const parts = emptyParts('objects')
  const log = new ProblemLog(file)
  const reader: Reader = { file, parts, log, unused: new Set() }
  for (const document of readDocuments(text, log)) readValue(reader, document, null, 0)
  parts.problems = log.list()
  return parts
}

/** True where the beginning of a text is an API object or list, or a version, in JSON or YAML. */
export function looksLikeObjects(text: string): boolean {
  const head = text.slice(0, 4096)
  if (!/^\uFEFF?[{[]/m.test(head)) return /^(- )?(apiVersion|kind|clientVersion|serverVersion):(\s|$)/m.test(head)
  return /"(apiVersion|clientVersion|serverVersion)"\s*:/.test(head) && !/"cniVersion"\s*:/.test(head)
}

interface Reader {
  file: string
  parts: KubeParts
  log: ProblemLog
  /** Kinds already noted as not used. */
  unused: Set<string>
}

/** Lists stand in no list; this leaves room for an array of lists. */
const depthLimit = 3

function readValue(reader: Reader, value: unknown, listKind: string | null, depth: number): void {
  if (depth > depthLimit) reader.log.add(null, 'lists within lists are left out')
  else if (Array.isArray(value)) for (const item of value) readValue(reader, item, null, depth + 1)
  else if (!isFields(value)) reader.log.add(null, 'what is no API object is left out')
  else if ('items' in value) readList(reader, value, depth)
  else if ('serverVersion' in value || 'clientVersion' in value) readVersion(reader, value)
  else readObject(reader, value, listKind)
}

/** `List` as kubectl prints it, or `ServiceList` as the API answers, whose items do not repeat their kind. */
function readList(reader: Reader, list: Fields, depth: number): void {
  const note: Note = (message) => reader.log.add(null, `list: ${message}`)
  const { kinds } = reader.parts
  const kind = textIn(list, 'kind', note)
  const itemKind = kind !== null && kind !== 'List' ? kind.replace(/List$/, '') : null
  const items = list.items ?? []
  if (!Array.isArray(items)) {
    note('items is no list')
    return
  }
  for (const item of items) readValue(reader, item, itemKind, depth + 1)
  if (kind === null) note('it does not name its kind, so it may be cut off')
  else if (textIn(fieldsIn(list, 'metadata', note), 'continue', note) !== null) note('it is a part: the API has more')
  else if (itemKind !== null) kinds.add(itemKind)
  else if (items.length > 0) for (const item of items) kinds.add(kindOf(item))
  else {
    const kindOfFile = kindByFile(reader.file)
    if (kindOfFile === null) note('it is empty, and nothing tells of what kind it is')
    else kinds.add(kindOfFile)
  }
}

const kindOf = (item: unknown): string => (isFields(item) && typeof item.kind === 'string' ? item.kind : '')

function kindByFile(file: string): string | null {
  const base = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1).toLowerCase()
  return kindsByFile.find(([pattern]) => pattern.test(base))?.[1] ?? null
}

const kindsByFile: readonly (readonly [RegExp, string])[] = [
  [/^(services?|svc)\b/, 'Service'],
  [/^endpointslices?\b/, 'EndpointSlice'],
  [/^(endpoints|ep)\b/, 'Endpoints'],
  [/^(pods?|po)\b/, 'Pod'],
  [/^nodes?\b/, 'Node'],
  [/^(networkpolic(y|ies)|netpol)\b/, 'NetworkPolicy'],
  [/^servicel2status(es)?\b/, 'ServiceL2Status'],
  [/^l2advertisements?\b/, 'L2Advertisement'],
  [/^bgpadvertisements?\b/, 'BGPAdvertisement'],
  [/^ingress(es)?\b/, 'Ingress'],
  [/^ingressclass(es)?\b/, 'IngressClass'],
  [/^gateways?\b/, 'Gateway'],
  [/^gatewayclass(es)?\b/, 'GatewayClass'],
  [/^httproutes?\b/, 'HTTPRoute'],
  [/^referencegrants?\b/, 'ReferenceGrant'],
]

function readVersion({ parts, log }: Reader, value: Fields): void {
  const note: Note = (message) => log.add(null, `version: ${message}`)
  parts.version ??= textIn(fieldsIn(value, 'serverVersion', note), 'gitVersion', note)
  if (parts.version === null) note("the server's is not told")
}

function readObject(reader: Reader, object: Fields, listKind: string | null): void {
  const kind = typeof object.kind === 'string' ? object.kind : (listKind ?? '')
  const { name, namespace = 'default' } = isFields(object.metadata) ? object.metadata : {}
  if (!isUsed(kind, object.apiVersion)) readUnused(reader, object, kind)
  else if (typeof name !== 'string' || !isName(name) || typeof namespace !== 'string' || !isName(namespace)) {
    reader.log.add(null, `a ${kind} without a valid name is left out`)
  } else readNamed(reader, object, kind, namespace, name)
}

/** A kind is used in its own API group only: Knative too has a `Service`. */
function isUsed(kind: string, apiVersion: unknown): boolean {
  const group = groupOf.get(kind)
  return group !== undefined && (apiVersion === undefined || groupPart(apiVersion) === group)
}

const groupPart = (apiVersion: unknown): string | null =>
  typeof apiVersion === 'string' ? apiVersion.slice(0, Math.max(apiVersion.indexOf('/'), 0)) : null

const groupOf: ReadonlyMap<string, string> = new Map([
  ['Service', ''],
  ['EndpointSlice', 'discovery.k8s.io'],
  ['Endpoints', ''],
  ['Pod', ''],
  ['Node', ''],
  ['ConfigMap', ''],
  ['NetworkPolicy', 'networking.k8s.io'],
  ['ServiceL2Status', 'metallb.io'],
  ['L2Advertisement', 'metallb.io'],
  ['BGPAdvertisement', 'metallb.io'],
  ...FRONT_GROUPS,
])

function readUnused({ log, unused }: Reader, object: Fields, kind: string): void {
  if (kind === 'Status' && typeof object.message === 'string') {
    log.add(null, `the API answered: ${quote(object.message)}`)
    return
  }
  const what = /^[A-Za-z0-9]{1,80}$/.test(kind) ? `objects of kind ${kind}` : 'objects without a kind'
  if (unused.has(what)) return
  unused.add(what)
  log.add(null, `${what} are not used`)
}

function readNamed({ file, parts, log }: Reader, object: Fields, kind: string, namespace: string, name: string): void {
  const key = keyOf(namespace, name)
  const note: Note = (message) => log.add(null, `${kind} ${kind === 'Node' ? name : key}: ${message}`)
  if (kind === 'Service') {
    const service = readService(object, namespace, name, file, note)
    if (service) parts.services.push(service)
  } else if (kind === 'EndpointSlice') {
    const service = serviceOfSlice(object, note)
    if (service === null) return
    const read = () => readSlice(object, namespace, service, file)
    addSource(parts.slices, keyOf(namespace, service), { cut: false, read })
  } else if (kind === 'Endpoints') {
    const cut = isOverCapacity(object, note)
    if (cut) note('it holds only the first 1,000 addresses')
    addSource(parts.endpointsObjects, key, { cut, read: () => readEndpoints(object, namespace, name, file) })
  } else if (kind === 'Pod') parts.pods.push(readPod(object, namespace, name, note))
  else if (kind === 'Node') parts.nodes.push(readNode(object, name, note))
  else if (kind === 'NetworkPolicy') parts.networkPolicies.push(readPolicy(object, namespace, name, note))
  else if (kind === 'ServiceL2Status') parts.announcers.push(...[readL2Status(object, note) ?? []].flat())
  else if (kind === 'L2Advertisement') parts.advertisements.push(readAdvertisement(object, 'L2', note))
  else if (isFrontKind(kind)) readFront(parts.front, object, { kind, namespace, name, file }, note)
  else if (kind === 'BGPAdvertisement') parts.advertisements.push(readAdvertisement(object, 'BGP', note))
  else parts.corefile = corefileOf(object, name, parts.corefile, note)
}

/** Node-local DNS keeps a Corefile too, but answers for CoreDNS: CoreDNS' own wins, wherever it stands. */
function corefileOf(object: Fields, name: string, known: string | null, note: Note): string | null {
  const corefile = textIn(fieldsIn(object, 'data', note), 'Corefile', note)
  return corefile !== null && (known === null || name === 'coredns') ? corefile : known
}
