import { type Endpoint, isName, type Pod, type Protocol, unknownService } from '../../model/cluster.ts'
import { linesOf, ProblemLog, quote } from '../parsed.ts'
import { isBlank, listed, readEndpointList, readLabels, readOutside, readPort, readServicePort } from './cells.ts'
import { type Column, readHeader, readRow } from './columns.ts'
import { columnsOfRow } from './headerless.ts'
import { addSource, emptyParts, type KubeParts, keyOf } from './parts.ts'

/**
 * Reads the tables that `kubectl get svc|endpoints|endpointslices|pods|nodes` prints, with or without `-A` and `-o wide`,
 * one or several in a text. Without a column NAMESPACE the namespace is the one that a command line above the table gives,
 * else `from`, else `default`. Rows that have lost their header are told by their cells. A table tells little: what it leaves out is null, and a Service's addresses outside are taken for its load
 * balancer's unless its type says otherwise. Endpoints get protocol TCP and no port name: see `mergeParts`.
 */
export function parseTable(text: string, file: string, from: string | null = null): KubeParts {
  const parts = emptyParts('table')
  const log = new ProblemLog(file)
  let namespace = from ?? 'default'
  let table: Table | null = null
  for (const { number, text: line } of linesOf(text, log)) {
    const columns = readHeader(line)
    const command = commandLine.exec(line.slice(0, 500))
    if (command) namespace = namespaceFlag.exec(command.input)?.[1] ?? 'default'
    const loose = table || columns ? null : readHeaderless(line)
    if (columns) table = startTable(columns, number, log)
    else if (command || line.trim() === '') table = null
    else if (loose) readNamedRow(loose.read, { row: loose.row, namespace, name: '', file, line: number, parts, log })
    else if (!table) log.add(number, `not part of a table: ${quote(line)}`)
    else if (table.read) {
      const row = readRow(line, table.columns)
      if (row) readNamedRow(table.read, { row, namespace, name: '', file, line: number, parts, log })
      else log.add(number, `not a row of the table: ${quote(line)}`)
    }
  }
  parts.problems = log.list()
  return parts
}

/** True where a text begins with one of these tables, be it after a command line. */
export function looksLikeTable(text: string): boolean {
  const lines = text.slice(0, 4096).split(/\r?\n/)
  return lines.some(isServedTable)
}

/** Is this the header of a table that is read, or a row of one that has lost its header? */
export const isServedTable = (line: string): boolean =>
  readerOf(new Set(readHeader(line)?.map(({ name }) => name))) !== null || isHeaderless(line)

const commandLine = /(^|[\s$#>%])(kubectl|k|oc)\s(.*\s)?get\s/
const namespaceFlag = /\s(?:-n|--namespace)[\s=]*([a-z0-9-]+)/

interface Table {
  columns: Column[]
  /** Null for a table that is not used. */
  read: RowReader | null
}

interface Row {
  row: ReadonlyMap<string, string>
  namespace: string
  name: string
  file: string
  line: number
  parts: KubeParts
  log: ProblemLog
}

type RowReader = (row: Row) => void

/** A row that stands alone, and how it is read; null for any other line. */
function readHeaderless(line: string): { row: ReadonlyMap<string, string>; read: RowReader } | null {
  const row = columnsOfRow(line)
  const read = row && readerOf(new Set(row.keys()))
  return row && read ? { row, read } : null
}

/** A number before the row is an editor's, not a namespace. */
export const isHeaderless = (line: string): boolean => !/^\s*\d{1,7}[\t :]/.test(line) && readHeaderless(line) !== null

function startTable(columns: Column[], line: number, log: ProblemLog): Table {
  const read = readerOf(new Set(columns.map(({ name }) => name)))
  if (!read) log.add(line, 'a table of other objects is not used')
  if (read === readSliceRow) log.add(line, 'this table tells neither the Service nor whether an endpoint is ready')
  return { columns, read }
}

function readerOf(names: ReadonlySet<string>): RowReader | null {
  if (names.has('CLUSTER-IP')) return readServiceRow
  if (names.has('ADDRESSTYPE')) return readSliceRow
  if (names.has('ENDPOINTS')) return readEndpointsRow
  if (names.has('READY') && names.has('RESTARTS')) return readPodRow
  return names.has('STATUS') && (names.has('VERSION') || names.has('ROLES')) ? readNodeRow : null
}

/** `kubectl get svc,ep` puts the kind before the name: `service/web`. */
function readNamedRow(read: RowReader, row: Row): void {
  const name = (row.row.get('NAME') ?? '').replace(/^[a-z0-9.]+\//, '')
  const namespace = row.row.get('NAMESPACE') ?? row.namespace
  if (isName(name) && isName(namespace)) read({ ...row, namespace, name })
  else row.log.add(row.line, `not a row of the table: ${quote(name)} is no name`)
}

function readServiceRow({ row, namespace, name, file, line, parts, log }: Row): void {
  const service = unknownService(namespace, name, file)
  const [type, clusterIP, outside] = [row.get('TYPE'), row.get('CLUSTER-IP') ?? '', row.get('EXTERNAL-IP') ?? '']
  if (type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer' || type === 'ExternalName')
    service.type = type
  // Before 1.5 there is no column TYPE, but these two stand for one type each.
  else if (outside === '<pending>') service.type = 'LoadBalancer'
  else if (/^<?nodes>?$/.test(outside)) service.type = 'NodePort'
  const { ips, hostnames, cut } = readOutside(/^<?nodes>?$/.test(outside) ? '' : outside)
  if (cut) log.add(line, `the addresses of ${name} outside are cut off`)
  if (service.type === 'ExternalName') service.externalName = hostnames[0] ?? null
  else if (service.type === 'LoadBalancer' || service.type === null) {
    service.loadBalancerIPs = ips
    service.loadBalancerHostnames = hostnames
  } else service.externalIPs = ips
  service.headless = clusterIP === 'None'
  service.clusterIPs = readOutside(service.headless ? '' : clusterIP).ips
  service.ports = listed(row.get('PORT(S)') ?? '').flatMap((text) => {
    const port = readServicePort(text)
    if (!port) log.add(line, `not a port of a Service: ${quote(text)}`)
    return port ?? []
  })
  service.selector = readLabels(row.get('SELECTOR') ?? '')
  parts.services.push(service)
}

function readEndpointsRow(at: Row): void {
  const { namespace, name, file, parts } = at
  const { addresses, more, odd } = readEndpointList(at.row.get('ENDPOINTS') ?? '')
  noteMissing(at, more, odd)
  const items = addresses.map((one) => tableEndpoint(namespace, name, one.address, one.port, file))
  addSource(parts.endpointsObjects, keyOf(namespace, name), {
    cut: more + odd > 0,
    read: () => ({ items, problems: [] }),
  })
}

/** A slice is named after its Service, and the controller adds five letters (apimachinery's `names.SimpleNameGenerator`). */
function readSliceRow(at: Row): void {
  const { row, namespace, name, file, parts } = at
  const service = name.replace(/-[bcdfghjklmnpqrstvwxz2456789]{5}$/, '')
  const endpoints = readEndpointList(row.get('ENDPOINTS') ?? '')
  const [, portList = row.get('PORTS') ?? '', morePorts = '0'] =
    /^(.*) \+ (\d+) more\.\.\.$/.exec(row.get('PORTS') ?? '') ?? []
  const ports = listed(portList).map(readPort)
  const missing = endpoints.more + Number(morePorts)
  noteMissing(at, missing, endpoints.odd)
  const items = endpoints.addresses.flatMap(({ address }) =>
    (ports.length > 0 ? ports : [null]).map((port) => tableEndpoint(namespace, service, address, port, file)),
  )
  const cut = missing + endpoints.odd > 0
  addSource(parts.slices, keyOf(namespace, service), { cut, read: () => ({ items, problems: [] }) })
}

function noteMissing({ name, line, log }: Row, more: number, odd: number): void {
  if (more > 0) log.add(line, `kubectl left out ${more} of the endpoints or ports of ${name}`)
  if (odd > 0) log.add(line, `${odd} of the endpoints of ${name} cannot be read`)
}

const tableEndpoint = (
  namespace: string,
  service: string,
  address: string,
  port: number | null,
  origin: string,
): Endpoint => ({
  ...{ namespace, service, address, port, portName: '', protocol: 'TCP' satisfies Protocol },
  ...{ ready: true, serving: true, terminating: false, pod: null, node: null, origin },
})

/** STATUS is the phase, or the reason why the pod is not well; whether it is on the host network is not told. */
function readPodRow({ row, namespace, name, parts }: Row): void {
  const status = row.get('STATUS') ?? ''
  const [, ready, all] = /^(\d+)\/(\d+)$/.exec(row.get('READY') ?? '') ?? []
  const labels = readLabels(row.get('LABELS') ?? '')
  parts.pods.push({
    namespace,
    name,
    ips: readOutside(row.get('IP') ?? '').ips,
    node: known(row.get('NODE')),
    hostNetwork: false,
    phase: phases.get(status) ?? null,
    ready: ready === undefined ? null : ready === all && all !== '0',
    terminating: status === 'Terminating',
    labels: labels ?? {},
    containerPorts: [],
    ...(status === '' || ordinary.has(status) ? {} : { trouble: status }),
    untold: ['hostNetwork', 'containerPorts', ...(labels === undefined ? (['labels'] as const) : [])],
  } satisfies Pod)
}

const phases: ReadonlyMap<string, string> = new Map([
  ['Running', 'Running'],
  ['Pending', 'Pending'],
  ['ContainerCreating', 'Pending'],
  ['Succeeded', 'Succeeded'],
  ['Completed', 'Succeeded'],
  ['Failed', 'Failed'],
  // What stands here is then the reason, which the kubelet gives to a pod that it fails (eviction_manager.go).
  ['Evicted', 'Failed'],
])

/** What says nothing but the phase. */
const ordinary: ReadonlySet<string> = new Set(['Running', 'Pending', 'Completed', 'Succeeded', 'Failed', 'Terminating'])

const known = (cell: string | undefined): string | null => (cell === undefined || isBlank(cell) ? null : cell)

function readNodeRow({ row, name, parts }: Row): void {
  const states = listed(row.get('STATUS') ?? '')
  const addresses = addressColumns.flatMap(([column, type]) =>
    readOutside(row.get(column) ?? '').ips.map((address) => ({ type, address })),
  )
  const ready = states.includes('Ready') ? true : states.includes('NotReady') ? false : null
  parts.nodes.push({ name, addresses, podCIDRs: [], ready, operatingSystem: null })
}

const addressColumns = [
  ['INTERNAL-IP', 'InternalIP'],
  ['EXTERNAL-IP', 'ExternalIP'],
] as const
