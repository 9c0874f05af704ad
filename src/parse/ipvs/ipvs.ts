import type { Ipvs, IpvsConnection, VirtualServer } from '../../model/ipvs.ts'
import type { Problem } from '../../model/rules.ts'
import { linesOf, ProblemLog, quote, wholeLines } from '../parsed.ts'
import type { Told } from '../told.ts'
import { readHostPort } from './address.ts'
import { isConnectionHeading, readConnection } from './connection.ts'
import { type Form, headingOf, readListedServer } from './list.ts'
import { readSavedServer } from './save.ts'
import { ServerList } from './server-list.ts'

export interface ParsedIpvs {
  /** Null: nothing of it could be read. */
  value: Ipvs | null
  problems: Problem[]
}

/**
 * What ipvsadm prints by `-Sn`, `-Ln` (plain, `--stats`, `--rate`, `--persistent-conn`, `--thresholds`) and `-Lnc`, and the kernel in /proc/net/ip_vs and
 * /proc/net/ip_vs_conn; one text may hold several of them. Names in the place of numbers (ipvsadm without -n) are not resolved: such a line is a problem, and
 * the list is not whole.
 */
export function parseIpvs(text: string, file: string, part: Told['part'] = null): ParsedIpvs {
  const log = new ProblemLog(file)
  const servers = new ServerList()
  const connections: IpvsConnection[] = []
  let form: Form | null = null
  let hasConnections = false
  const { whole, cut } = wholeLines(text, log)
  for (const { number, text: line } of linesOf(whole, log)) {
    if (line.trim() === '' || TIME_LIMITS.test(line)) continue
    const asked = askedFor(line)
    const byMark = ASKED_BY_MARK.test(line)
    if (asked || byMark) servers.ask(asked)
    else if (/^No such service\s*$/.test(line)) servers.isAbsent()
    if (asked || byMark || line.startsWith('No such service')) continue
    if (isConnectionHeading(line)) {
      hasConnections = true
      continue
    }
    const heading = headingOf(line)
    if (heading) {
      servers.isTitled()
      if (heading.form === 'proc') servers.isFromProc()
      else if (heading.whole) servers.isWhole()
      form = heading.form ?? (heading.whole ? null : form)
      continue
    }
    const at = { file, number, text: line }
    const connection = readConnection(at)
    if (connection) connections.push(connection)
    else if (!servers.add(readSavedServer(at) ?? readListedServer(at, form), line))
      log.add(number, `not a line of ipvsadm that can be read: ${quote(line)}`)
  }
  const problems = log.list()
  if (cut) servers.isCutOff()
  const list = servers.finish(problems.length > 0, part)
  const told = hasConnections || connections.length > 0 ? connections : null
  const value = list || told ? { ...(list ?? NO_LIST), connections: told } : null
  return { value, problems }
}

const NO_LIST = { servers: [], whole: false, absent: [] }

const TIME_LIMITS = /^Timeout \(tcp tcpfin udp\): [\d ]+\s*$/

/** `# ipvsadm -Ln -f 1481`: one that goes by a mark has no place to be absent from. */
const ASKED_BY_MARK = /^\s*\S*[#$] ipvsadm .*-f \d+\s*$/

/** `# ipvsadm -Ln --stats -t 10.96.0.1:443`: the command, above what it printed. */
function askedFor(line: string): VirtualServer['service'] {
  const [, flag, text] = /^\s*\S*[#$] ipvsadm .*?(-t|-u|--sctp-service) (\S+)\s*$/.exec(line) ?? []
  const place = readHostPort(text ?? '')
  return place && { protocol: flag === '-t' ? 'tcp' : flag === '-u' ? 'udp' : 'sctp', ...place }
}
