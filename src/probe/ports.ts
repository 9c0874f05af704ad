import type { Observation } from '../model/observation.ts'

/** Source ports to spare, for what is taken where the connections are made: of each place its own, and fewer where there are many places. */
const [SPARE, LEAST_SPARE, MOST_SPARE] = [20, 3, 400]

/** What a kernel gives its own connections where nobody set it otherwise. */
const USUAL = { from: 32768, to: 60999 }
const [LOWEST, HIGHEST] = [1024, 65535]

/**
 * A run of source ports that no known connection uses, at a random place above those that the kernels of the nodes give out by themselves, else below. One run for
 * the whole probe: so a connection is recognised by its port wherever it comes by.
 */
export function sourcePorts(
  observation: Observation,
  { count, places }: { count: number; places: number },
  random: () => number,
): { ports: number[]; spare: number[][]; from: number; to: number } {
  const ranges = observation.nodes.map(({ sysctls }) => rangeOf(sysctls?.get('net.ipv4.ip_local_port_range')))
  const from = Math.min(USUAL.from, ...ranges.map((one) => one.from))
  const to = Math.max(USUAL.to, ...ranges.map((one) => one.to))
  const used = new Set(
    observation.nodes.flatMap(({ conntrack }) => (conntrack ?? []).map(({ original }) => original.sourcePort)),
  )
  const each = Math.min(SPARE, Math.max(LEAST_SPARE, Math.floor(MOST_SPARE / places)))
  const wanted = count + each * places
  const above = portsIn(to + 1, HIGHEST, used)
  const below = portsIn(LOWEST, Math.min(from, NODE_PORTS) - 1, used)
  const room = [above, below].find((one) => one.length >= wanted) ?? portsIn(LOWEST, HIGHEST, used)
  const start = Math.floor(random() * (room.length - wanted + 1))
  const run = room.slice(start, start + wanted)
  const spare = Array.from({ length: places }, (_, i) => run.slice(count + i * each, count + (i + 1) * each))
  return { ports: run.slice(0, count), spare, from: run[0]!, to: run.at(-1)! }
}

/** Where node ports begin, which kube-proxy has rules for. */
const NODE_PORTS = 30000

function portsIn(from: number, to: number, used: ReadonlySet<number | null>): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i).filter((port) => !used.has(port))
}

function rangeOf(text: string | undefined): { from: number; to: number } {
  const [from, to] = (text ?? '').split(/\s+/).map(Number)
  return from && to ? { from, to } : USUAL
}
