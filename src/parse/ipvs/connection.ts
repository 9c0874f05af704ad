/** `ipvsadm -Lnc` and /proc/net/ip_vs_conn. */
import type { IpvsConnection } from '../../model/ipvs.ts'
import { type HostPort, readHexPair, readHostPort } from './address.ts'
import { type Line, sourceOf } from './line.ts'

/** The headings of the two. */
export const isConnectionHeading = (line: string): boolean =>
  /^(IPVS connection entries|pro expire state\s|Pro FromIP\s+FPrt\s)/.test(line)

/**
 * `TCP 01:20  TIME_WAIT   10.244.1.3:43514   10.96.195.157:8088 10.244.1.4:8080`, or in hexadecimal `TCP 0AF40103 A9FA 0A60C39D 1F98 0AF40104 1F90 TIME_WAIT 78`;
 * the name and data of a persistence engine may follow. Null for any other line.
 */
export function readConnection(line: Line): IpvsConnection | null {
  const words = line.text.trim().split(/\s+/)
  if (!PROTOCOL.test(words[0]!)) return null
  return readPrinted(words, line) ?? readProc(words, line)
}

const PROTOCOL = /^(TCP|UDP|SCTP|IP|ESP|AH)$/

function readPrinted(words: readonly string[], line: Line): IpvsConnection | null {
  const [protocol, expire, state] = words
  const [, minutes, seconds] = /^(\d{1,6}):(\d\d)$/.exec(expire ?? '') ?? []
  if (minutes === undefined || !STATE.test(state ?? '')) return null
  const places = words.slice(3, 6).map(readHostPort)
  const expires = Number(minutes) * 60 + Number(seconds)
  return connection({ protocol: protocol!, state: state!, expires }, places, line, 'ipvsadm -Lnc')
}

function readProc(words: readonly string[], line: Line): IpvsConnection | null {
  const [protocol, , , , , , , state, expires] = words
  if (!STATE.test(state ?? '') || !/^\d{1,10}$/.test(expires ?? '')) return null
  const places = [1, 3, 5].map((i) => readHexPair(words[i]!, words[i + 1]!))
  return connection(
    { protocol: protocol!, state: state!, expires: Number(expires) },
    places,
    line,
    'cat /proc/net/ip_vs_conn',
  )
}

const STATE = /^[A-Z_][A-Z_\d!-]*$/

function connection(
  { protocol, state, expires }: { protocol: string; state: string; expires: number },
  [client, virtual, destination]: readonly (HostPort | null)[],
  line: Line,
  command: string,
): IpvsConnection | null {
  if (!client || !virtual || !destination) return null
  const template = client.port === 0
  const source = sourceOf(line, command)
  return { protocol: protocol.toLowerCase(), state, expires, client, virtual, destination, template, source }
}
