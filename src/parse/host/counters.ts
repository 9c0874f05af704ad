/** What the node script reads of a kernel's counters: lines of files of /proc, each with its file's name before a colon. */
import type { CounterReading } from '../../model/node.ts'
import type { Parsed } from '../parsed.ts'
import { parseConntrackStats } from './conntrack-stats.ts'

/** One reading; none where the text does not tell when it was taken. */
export function parseCounters(text: string, file: string): Parsed<CounterReading> {
  // A last line without its end may have lost digits.
  const lines = text.split('\n').slice(0, -1)
  const files = Map.groupBy(lines.flatMap(lineOf), ({ name }) => name)
  const linesOf = (name: string) => (files.get(name) ?? []).map(({ line }) => line)
  const uptime = Number(/^\d+(\.\d+)?(?= |$)/.exec(linesOf('/proc/uptime')[0] ?? '')?.[0] ?? Number.NaN)
  if (!Number.isFinite(uptime)) return { items: [], problems: [{ file, line: null, message: NO_TIME }] }
  const counts = new Map([
    ...['nf_conntrack', 'arp_cache', 'ndisc_cache'].flatMap((name) =>
      statistics(name, linesOf(`/proc/net/stat/${name}`)),
    ),
    ...conntrackCounts(linesOf('conntrack -S')),
    ...softnet(linesOf('/proc/net/softnet_stat')),
    ...[...files].flatMap(([name, lines]) =>
      forwardRules(
        name,
        lines.map(({ line }) => line),
      ),
    ),
  ])
  return { items: [{ uptime, file, counts }], problems: [] }
}

const NO_TIME = 'these counters do not say when they were read'

function lineOf(text: string): { name: string; line: string }[] {
  const [, name, line] = /^([^:]+):(.*)$/.exec(text) ?? []
  return name === undefined ? [] : [{ name, line: line! }]
}

/** `/proc/net/stat/*`: names of columns, and a line of hexadecimal numbers a CPU. `entries` is that of the one table, the same in each line. */
function statistics(name: string, [head = '', ...lines]: readonly string[]): [string, number][] {
  const rows = lines.flatMap((line) => hexadecimal(line) ?? [])
  if (rows.length === 0) return []
  const columns = words(head).flatMap((column, i): [string, number][] => {
    const values = rows.flatMap((row) => row[i] ?? [])
    if (values.length < rows.length) return []
    return [[`${name} ${column}`, column === 'entries' ? Math.max(...values) : sum(values)]]
  })
  return [[`${name} CPUs`, rows.length], ...columns]
}

/** The same of a kernel that has no file for them, as the tool prints them. */
function conntrackCounts(lines: readonly string[]): [string, number][] {
  const stats = parseConntrackStats(lines.join('\n'))
  if (!stats) return []
  const { insertFailed, drop, earlyDrop, invalid } = stats
  return [
    ['nf_conntrack CPUs', lines.length],
    ['nf_conntrack insert_failed', insertFailed],
    ['nf_conntrack drop', drop],
    ['nf_conntrack early_drop', earlyDrop],
    ...(invalid === null ? [] : [['nf_conntrack invalid', invalid] satisfies [string, number]]),
  ]
}

/** A line a CPU: packets that it took from its queue, and those for which its queue had no room (softnet_seq_show, net/core/net-procfs.c). */
function softnet(lines: readonly string[]): [string, number][] {
  const rows = lines.flatMap((line) => hexadecimal(line) ?? []).filter((row) => row.length >= 2)
  if (rows.length === 0) return []
  return [
    ['softnet_stat CPUs', rows.length],
    ['softnet_stat processed', sum(rows.map((row) => row[0]!))],
    ['softnet_stat dropped', sum(rows.map((row) => row[1]!))],
  ]
}

/** Rules of iptables-save -c, under the name of the dump that they are of: packets that were dropped as INVALID, and those that other rules took. */
function forwardRules(dump: string, lines: readonly string[]): [string, number][] {
  const rules = lines.flatMap((line) => {
    const [, packets] = /^\[(\d+):\d+\] -A KUBE-FORWARD /.exec(line) ?? []
    if (packets === undefined) return []
    return [{ packets: Number(packets), invalid: / --ctstate INVALID .*-j DROP\b/.test(line) }]
  })
  if (rules.length === 0) return []
  const count = (invalid: boolean) => sum(rules.filter((one) => one.invalid === invalid).map(({ packets }) => packets))
  return [
    [`${dump} dropped`, count(true)],
    [`${dump} passed`, count(false)],
  ]
}

const words = (line: string): string[] => line.split(/\s+/).filter((word) => word !== '')

/** Null where a word of the line is no hexadecimal number. */
function hexadecimal(line: string): number[][] | null {
  const all = words(line)
  return all.length > 0 && all.every((word) => /^[\da-f]{1,16}$/.test(word))
    ? [all.map((word) => Number.parseInt(word, 16))]
    : null
}

const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0)
