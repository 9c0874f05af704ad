import { canonicalAddress, parseAddress } from '../model/address.ts'

/** What the person asked for. A bare number is a node port. */
export type Query =
  | { kind: 'name'; namespace: string | null; name: string; text: string }
  | { kind: 'address'; address: string; port: number | null; text: string }
  | { kind: 'nodePort'; port: number; text: string }

/**
 * Reads `web`, `shop/web`, `svc/web`, `service/web`, `10.96.0.1`, `10.96.0.1:80`, `[fd00::1]:80`, `fd00::1`, `30080`,
 * `:30080`, and a DNS name of a service (`web.shop`, `web.shop.svc.cluster.local`).
 */
export function parseQuery(text: string): Query {
  const port = /^:?(\d{1,5})$/.exec(text)
  if (port) return { kind: 'nodePort', port: Number(port[1]), text }
  const withPort = /^(\[[^\]]+\]|[\d.]+):(\d{1,5})$/.exec(text)
  const address = (withPort?.[1] ?? text).replaceAll(/[[\]]/g, '')
  if (parseAddress(address)) {
    return { kind: 'address', address: canonicalAddress(address), port: withPort ? Number(withPort[2]) : null, text }
  }
  const parts = text.split('/').filter((part) => !/^(svc|services?)$/.test(part))
  if (parts.length > 1) return { kind: 'name', namespace: parts[0]!, name: parts[1]!, text }
  const labels = (parts[0] ?? '').split('.')
  return { kind: 'name', namespace: labels[1] ?? null, name: labels[0]!, text }
}
