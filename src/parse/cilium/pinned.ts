import { type Family, formatAddress } from '../../model/address.ts'
import type { Protocol } from '../../model/cluster.ts'
import type { CiliumBackend, CiliumFrontend, CiliumMaster, CiliumSlot } from '../../model/dataplanes/cilium.ts'
import { linesOf, ProblemLog, quote } from '../parsed.ts'
import { extentOf, only, type ParsedCilium } from './parts.ts'

const GLOBALS = '/sys/fs/bpf/tc/globals'

/**
 * The maps that an agent left in the kernel, as bytes: `key: 0a 60 00 0a 00 35 … value: …` below `# map NAME`. The layout is that of 1.12 to 1.18
 * (struct lb4_key, lb4_service and lb4_backend of bpf/lib/common.h, and those for IPv6), on a machine with the low byte first.
 */
export function parseCiliumPinned(text: string, file: string): ParsedCilium {
  const log = new ProblemLog(file)
  const entries = readEntries(text, file, log)
  const backends = new Map(entries.flatMap((one) => (one.map.includes('_backends_') ? [backendOf(one)] : [])))
  const fronts = entries.flatMap((one) => (one.map.endsWith('_services_v2') ? frontOf(one, backends) : []))
  const problems = log.list()
  const isWhole = problems.length === 0 && /^# map \S+_services_v2$/m.test(text)
  // Without their map no backend could be told from one that is missing.
  if (!isWhole || (fronts.some(({ slot }) => slot.slot > 0) && !/^# map \S+_backends_v[23]$/m.test(text)))
    return { value: null, problems }
  const extent = extentOf(text, true)
  const masters = fronts.flatMap(({ master }) => master ?? [])
  return {
    value: only({ slots: { items: fronts.map(({ slot }) => slot), extent }, masters: { items: masters, extent } }),
    problems,
  }
}

interface Entry {
  map: string
  key: Bytes
  value: Bytes
  family: Family
  source: CiliumSlot['source']
}

function readEntries(text: string, file: string, log: ProblemLog): Entry[] {
  let map = ''
  const entries: Entry[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    const named = /^# map (cilium_lb[46]_(?:services_v2|backends_v[23]))\s*$/.exec(line)?.[1]
    map = named ?? map
    if (named !== undefined || line.trim() === '' || line.startsWith('# asked for:')) continue
    const [, key, value] = /^key: ((?:[\da-f]{2} +)+)value: ((?:[\da-f]{2} *)+)$/i.exec(line) ?? []
    const family: Family = map.includes('lb6') ? 6 : 4
    const entry = key !== undefined && value !== undefined && { key: new Bytes(key), value: new Bytes(value) }
    if (entry && sizesOf(map, family).some(([a, b]) => entry.key.size === a && entry.value.size === b)) {
      const source = { command: `bpftool map dump pinned ${GLOBALS}/${map}`, file, line: number, text: line.trim() }
      entries.push({ ...entry, map, family, source })
    } else log.add(number, `not an entry of ${map || 'a map'} that can be read: ${quote(line)}`)
  }
  return entries
}

/** Of key and value. Backends have had a cluster and a zone since v3. */
function sizesOf(map: string, family: Family): readonly [number, number][] {
  const address = family === 4 ? 4 : 16
  if (map.endsWith('_services_v2')) return [[address + 8, 12]]
  return map.endsWith('_v2') ? [[4, address + 4]] : [[4, address + 8]]
}

/** Addresses and ports stand there with the high byte first, what counts with the low. */
class Bytes {
  private readonly all: readonly number[]

  constructor(text: string) {
    this.all = text
      .trim()
      .split(/ +/)
      .map((one) => Number.parseInt(one, 16))
  }

  get size(): number {
    return this.all.length
  }

  high(from: number, count: number): bigint {
    return this.all.slice(from, from + count).reduce((sum, one) => sum * 256n + BigInt(one), 0n)
  }

  low(from: number, count: number): number {
    return this.all.slice(from, from + count).reduce((sum, one, i) => sum + one * 256 ** i, 0)
  }

  address(family: Family): string {
    return formatAddress(family, this.high(0, family === 4 ? 4 : 16))
  }
}

function backendOf({ key, value, family }: Entry): [string, CiliumBackend] {
  const at = family === 4 ? 4 : 16
  return [`${family} ${key.low(0, 4)}`, { address: value.address(family), port: Number(value.high(at, 2)) }]
}

const PROTOCOLS: Readonly<Record<number, Protocol>> = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' }

function frontOf(
  { key, value, family, source }: Entry,
  backends: ReadonlyMap<string, CiliumBackend>,
): { slot: CiliumSlot; master: CiliumMaster | null } {
  const at = family === 4 ? 4 : 16
  const frontend: CiliumFrontend = {
    address: key.address(family),
    port: Number(key.high(at, 2)),
    protocol: PROTOCOLS[key.low(at + 4, 1)] ?? null,
    scope: key.low(at + 5, 1) === 1 ? 'internal' : 'external',
  }
  const slot = key.low(at + 2, 2)
  const bits = value.low(8, 2)
  const id = value.low(0, 4)
  const backend = backends.get(`${family} ${id}`)
  const isMaster = slot === 0
  return {
    slot: {
      ...{ frontend, slot, source },
      backend: isMaster ? null : backend ? { address: backend.address, port: backend.port ?? 0 } : { missing: id },
      flags: isMaster ? flagsOf(bits) : [],
      proxyPort: isMaster && bits & L7 ? Number(value.high(0, 2)) : null,
    },
    master: isMaster ? { frontend, active: value.low(4, 2), source } : null,
  }
}

/** pkg/loadbalancer, ServiceFlags: these bits mean the same from 1.12 to 1.18. */
const TYPES: readonly (readonly [number, string])[] = [
  [1 << 0, 'ExternalIPs'],
  [1 << 1, 'NodePort'],
  [1 << 3, 'HostPort'],
  [1 << 5, 'LoadBalancer'],
  [1 << 8, 'LocalRedirect'],
]
const L7 = 1 << 10

const flagsOf = (bits: number): string[] => [
  TYPES.find(([bit]) => bits & bit)?.[1] ?? 'ClusterIP',
  ...(bits & (1 << 4) ? ['sessionAffinity'] : []),
  ...(bits & (1 << 7) ? ['check source-range'] : []),
  ...(bits & L7 ? ['l7-load-balancer'] : []),
]
