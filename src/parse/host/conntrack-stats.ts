/** What `conntrack -S` prints: a line of counters a CPU. */
import type { ConntrackStats } from '../../model/node.ts'

/** The sums over all CPUs since boot; null where no line of it is there. */
export function parseConntrackStats(text: string): ConntrackStats | null {
  const sum = (name: string): number | null => {
    const found = [...text.matchAll(new RegExp(`(?<![\\w])${name}=(\\d+)`, 'g'))]
    return found.length > 0 ? found.reduce((total, [, count]) => total + Number(count), 0) : null
  }
  const [insertFailed, drop, earlyDrop] = [sum('insert_failed'), sum('drop'), sum('early_drop')]
  if (insertFailed === null) return null
  return { insertFailed, drop: drop ?? 0, earlyDrop: earlyDrop ?? 0, invalid: sum('invalid') }
}
