/** A pod's or node's /etc/resolv.conf, read as glibc reads it (res_init.c, resolv.conf(5)). */
import type { ResolvConf } from '../../model/observation.ts'
import { linesOf, type Parsed, ProblemLog } from '../parsed.ts'
import { integer, words } from './values.ts'

/**
 * One item, with `origin` the file; none where no directive is in the text. The last of all `search` and `domain` lines
 * wins; `ndots` is 1 unless an option says otherwise, and at most 15 (RES_MAXNDOTS). All name servers are listed, of
 * which a resolver uses the first three.
 */
export function parseResolvConf(text: string, file: string): Parsed<ResolvConf> {
  const log = new ProblemLog(file)
  const conf: ResolvConf = { nameservers: [], search: [], ndots: 1, origin: file }
  let directives = 0
  for (const { number, text: line } of linesOf(text, log)) {
    const [directive, ...values] = words(withoutComment(line))
    if (directive === 'nameserver' && values[0]) conf.nameservers.push(values[0])
    else if (directive === 'search') conf.search = values
    else if (directive === 'domain') conf.search = values.slice(0, 1)
    else if (directive === 'options') readOptions(values, conf, (message) => log.add(number, message))
    else continue
    directives++
  }
  if (conf.nameservers.length === 0) log.add(null, 'there is no nameserver in it')
  return { items: directives > 0 ? [conf] : [], problems: log.list() }
}

function withoutComment(line: string): string {
  const start = line.search(/[#;]/)
  return start < 0 ? line : line.slice(0, start)
}

function readOptions(options: string[], conf: ResolvConf, complain: (message: string) => void): void {
  for (const option of options) {
    if (!option.startsWith('ndots:')) continue
    const ndots = integer(option.slice('ndots:'.length))
    if (ndots === null) complain(`ndots is no number: ${option.slice(0, 40)}`)
    else conf.ndots = Math.min(ndots, 15)
  }
}
