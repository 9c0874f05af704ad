/** A capture's own list of pod interfaces: a line a network namespace, its name and `ip -j addr show eth0` in it. */
import type { PodInterface } from '../../model/node.ts'
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'
import { parseIpLinkJson } from './ip-json.ts'

/** The interfaces of all namespaces; a namespace whose interface could not be read is a problem with its line. */
export function parsePodNetns(text: string, file: string): Parsed<PodInterface> {
  const log = new ProblemLog(file)
  const items: PodInterface[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    if (line.trim() === '') continue
    const blank = line.indexOf(' ')
    const [namespace, json] = blank < 0 ? [line, ''] : [line.slice(0, blank), line.slice(blank + 1)]
    const links = parseIpLinkJson(json, file)
    for (const problem of links.problems) log.add(number, `namespace ${quote(namespace)}: ${problem.message}`)
    for (const { name, mac, mtu, peerIndex, addresses } of links.items) {
      items.push({ namespace, name, mac, mtu, peerIndex, addresses })
    }
    if (links.items.length === 0 && links.problems.length === 0) {
      log.add(number, `namespace ${quote(namespace)}: there is no interface`)
    }
  }
  return { items, problems: log.list() }
}
