/** What `sysctl` prints: `net.ipv4.ip_forward = 1`. */
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'

/**
 * Names with their values, as printed, for `new Map(items)`. A line of another kind is a problem, also sysctl's own
 * `cannot stat /proc/sys/net/bridge/…`. That is how a missing module shows: it is noted as svcpath's own script does.
 */
export function parseSysctl(text: string, file: string): Parsed<[name: string, value: string]> {
  const log = new ProblemLog(file)
  const items: [string, string][] = []
  for (const { number, text: line } of linesOf(text, log)) {
    const equals = line.indexOf('=')
    const name = line.slice(0, Math.max(equals, 0)).trim()
    if (/^[^\s=]+[./][^\s=]+$/.test(name)) items.push([name, line.slice(equals + 1).trim()])
    else if (line.trim() !== '') {
      if (NO_BRIDGE.test(line)) items.push(['net.bridge', 'none'])
      log.add(number, `not a line of sysctl: ${quote(line)}`)
    }
  }
  return { items, problems: log.list() }
}

const NO_BRIDGE = /cannot stat \/proc\/sys\/net\/bridge/
