import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { CiliumBackendState, CiliumService, CiliumServiceBackend } from '../../model/dataplanes/cilium.ts'
import { describe, type JsonObject, numberOf, objectOf, objectsOf, stringOf } from '../host/json.ts'
import { linesOf, ProblemLog, quote } from '../parsed.ts'
import { protocolOf, readFrontend } from './frontend.ts'
import { extentOf, jsonIn, listIn, only, type ParsedCilium, refusalIn } from './parts.ts'

const COMMAND = 'cilium-dbg service list'

/** `cilium-dbg service list`, as text or with `-o json`: what the agent wants served. */
export function parseCiliumServices(text: string, file: string): ParsedCilium {
  const refusal = refusalIn(text, COMMAND, file)
  if (refusal) return { value: only({ refusal }), problems: [] }
  const log = new ProblemLog(file)
  const body = listIn(text)
  const first = body.trimStart()[0]
  const isJson = first === '[' || first === '{'
  const items = isJson ? fromJson(body, file, log) : fromText(text, file, log)
  const problems = log.list()
  if (items === null) return { value: null, problems }
  const isWhole = problems.length === 0 && (isJson ? first === '[' : HEADING.test(body))
  return { value: only({ services: { items, extent: extentOf(text, isWhole) } }), problems }
}

/** `-o json`: one entry a frontend, each told twice, as it is wanted and as it is. */
function fromJson(text: string, file: string, log: ProblemLog): CiliumService[] | null {
  const list = jsonIn(text)
  if (list === null) {
    log.add(null, 'this is no whole JSON')
    return null
  }
  const services: CiliumService[] = []
  for (const entry of Array.isArray(list) ? list : [list]) {
    const service = typeof entry === 'object' && entry !== null ? serviceOf(entry as JsonObject, file) : null
    if (service) services.push(service)
    else log.add(null, `an entry that is not understood: ${describe(entry)}`)
  }
  return services
}

function serviceOf(entry: JsonObject, file: string): CiliumService | null {
  const realized = objectOf(objectOf(entry, 'status'), 'realized')
  const spec = 'frontend-address' in realized ? realized : objectOf(entry, 'spec')
  const front = objectOf(spec, 'frontend-address')
  const [address, port] = [stringOf(front, 'ip'), numberOf(front, 'port')]
  if (address === null || port === null || !parseAddress(address)) return null
  const flags = objectOf(spec, 'flags')
  const backends = objectsOf(spec, 'backend-addresses').map(backendOf)
  if (backends.some((one) => one === null)) return null
  const type = stringOf(flags, 'type')
  const told = backends.map((one) => `${one!.address}:${one!.port} (${one!.state ?? '?'})`).join(', ')
  return {
    id: numberOf(spec, 'id'),
    frontend: {
      ...{ address: canonicalAddress(address), port, protocol: protocolOf(stringOf(front, 'protocol')) },
      scope: stringOf(front, 'scope') === 'internal' ? 'internal' : 'external',
    },
    ...{ type, namespace: stringOf(flags, 'namespace'), name: stringOf(flags, 'name') },
    backends: backends as CiliumServiceBackend[],
    source: { command: COMMAND, file, line: null, text: `${address}:${port} ${type ?? ''} => ${told || 'no backend'}` },
  }
}

function backendOf(entry: JsonObject): CiliumServiceBackend | null {
  const [address, port] = [stringOf(entry, 'ip'), numberOf(entry, 'port') ?? 0]
  if (address === null || !parseAddress(address)) return null
  const state = stringOf(entry, 'state')
  return {
    address: canonicalAddress(address),
    ...{ port, node: stringOf(entry, 'nodeName') },
    // Left out of JSON where it is active.
    state: state === null || state === '' ? 'active' : stateOf(state),
  }
}

const STATES: readonly string[] = ['active', 'terminating', 'quarantined', 'maintenance'] satisfies CiliumBackendState[]

const stateOf = (word: string): CiliumBackendState | null =>
  STATES.includes(word) ? (word as CiliumBackendState) : null

const HEADING = /^(?:ID +)?Frontend +Service Type +Backend/m

/** `1    10.96.0.10:53/TCP   ClusterIP   1 => 10.244.1.69:53/TCP (active)`: the number in front is left out by some versions. */
const ROW = /^(?:(\d+) +)?(\S+:\d+(?:\/\S+)?) +([A-Z][A-Za-z]+)(?: \(Remote\))?(?: +(\d+ => .*))?\s*$/
const BACKEND = /^\s*\d+ => (\S+?:\d+)(?:\/\w+)?(?: \((\w+)\))?(?: \(preferred\))?\s*$/

function fromText(text: string, file: string, log: ProblemLog): CiliumService[] | null {
  const services: (CiliumService & { backends: CiliumServiceBackend[] })[] = []
  let read = false
  for (const { number, text: line } of linesOf(text, log)) {
    if (line.trim() === '' || line.startsWith('#')) continue
    if (HEADING.test(line)) {
      read = true
      continue
    }
    const [, id, where, type, first] = ROW.exec(line) ?? []
    const frontend = where === undefined ? null : readFrontend(where)
    if (frontend) {
      const source = { command: COMMAND, file, line: number, text: line.trim() }
      const named = { type: type ?? null, namespace: null, name: null }
      services.push({ id: id === undefined ? null : Number(id), frontend, ...named, backends: [], source })
    }
    const told = frontend ? first : line
    const backend = told === undefined ? null : textBackend(told)
    const last = services.at(-1)
    if (backend && last) last.backends.push(backend)
    else if (told !== undefined || !frontend)
      log.add(number, `not a line of ${COMMAND} that can be read: ${quote(line)}`)
    read ||= frontend !== null
  }
  return read ? services : null
}

function textBackend(text: string): CiliumServiceBackend | null {
  const [, where, state] = BACKEND.exec(text) ?? []
  const place = where === undefined ? null : readFrontend(where)
  // Versions without states list only those that are dealt to.
  return place && { address: place.address, port: place.port, node: null, state: state ? stateOf(state) : 'active' }
}
