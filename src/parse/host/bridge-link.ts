/** What `bridge -j -d link show` prints: the ports of bridges with their settings. */
import { type Parsed, ProblemLog } from '../parsed.ts'
import { readEach } from './json.ts'

/** Each port and whether it has hairpin mode; ports of which the output does not say (without `-d`) are left out. */
export function parseHairpin(text: string, file: string): Parsed<[port: string, hairpin: boolean]> {
  const log = new ProblemLog(file)
  const ports = readEach(text, log, ({ ifname, hairpin }) => (typeof ifname === 'string' ? { ifname, hairpin } : null))
  return {
    items: ports
      .flatMap(({ ifname, hairpin }) => (typeof hairpin === 'boolean' ? [[ifname, hairpin] as const] : []))
      .map(([port, on]) => [port, on]),
    problems: log.list(),
  }
}
