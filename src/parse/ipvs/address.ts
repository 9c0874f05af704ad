/** `ADDRESS:PORT` as ipvsadm and the kernel spell it. */
import { canonicalAddress, formatAddress, parseAddress } from '../../model/address.ts'

export interface HostPort {
  address: string
  port: number
}

/** `10.96.0.1:443`, `[fd00::1]:443`: ipvsadm with -n. Null for anything else, names of hosts and ports among it. */
export function readHostPort(text: string): HostPort | null {
  const [, v6, v4, digits] = /^(?:\[([\da-f:.]+)\]|([\d.]+)):(\d{1,5})$/i.exec(text) ?? []
  const address = v6 ?? v4
  const port = Number(digits)
  if (address === undefined || port > 65535 || !parseAddress(address)) return null
  return { address: canonicalAddress(address), port }
}

/** `0A600001:01BB`, `[fd00:0010:…:0001]:01BB`: /proc/net/ip_vs (ip_vs_ctl.c). */
export function readHexHostPort(text: string): HostPort | null {
  const [, host, port] = /^(.+):([\dA-F]{4})$/.exec(text) ?? []
  return host === undefined ? null : readHexPair(host.replace(/^\[(.*)\]$/, '$1'), port!)
}

/** `0A600001` and `01BB`, or `fd00:0010:…:0001`: /proc/net/ip_vs_conn (ip_vs_conn.c). */
export function readHexPair(host: string, port: string): HostPort | null {
  if (!/^[\dA-F]{4}$/.test(port)) return null
  if (/^[\dA-F]{8}$/.test(host))
    return { address: formatAddress(4, BigInt(`0x${host}`)), port: Number.parseInt(port, 16) }
  if (!/^([\da-f]{4}:){7}[\da-f]{4}$/.test(host)) return null
  return { address: canonicalAddress(host), port: Number.parseInt(port, 16) }
}
