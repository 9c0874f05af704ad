/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as Go's net/http (golang.org/x/net/http/httpproxy) and so kubectl reads them. */
import { isIP } from 'node:net'
import { canonicalAddress, contains, parseCidr } from '../model/address.ts'
import type { Environment } from './kubeconfig-files.ts'

/** The proxy that the environment names for a server; null: none. localhost and loopback addresses never go through one. */
export function proxyFromEnvironment(server: string, env: Environment): string | null {
  const url = new URL(server)
  const host = url.hostname.replaceAll(/[[\]]/g, '')
  const isLoopback = host === 'localhost' || (isIP(host) > 0 && loopback.some((range) => isWithin(range, host)))
  const proxy = url.protocol === 'https:' ? env.HTTPS_PROXY || env.https_proxy : env.HTTP_PROXY || env.http_proxy
  if (!proxy || isLoopback) return null
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const spared = (env.NO_PROXY || env.no_proxy || '').split(',').some((rule) => isSpared(rule.trim(), host, port))
  return spared ? null : proxy.includes('://') ? proxy : `http://${proxy}`
}

const loopback = ['127.0.0.0/8', '::1/128']

/** A rule is `*`, an address, a CIDR range, or a domain with its subdomains; `.domain` means the subdomains alone. */
function isSpared(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true
  if (rule === '') return false
  if (rule.includes('/')) return isIP(host) > 0 && isWithin(rule, host)
  const [, name = rule, onlyPort] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(rule) ?? []
  if (onlyPort !== undefined && onlyPort !== port) return false
  const bare = name.replaceAll(/[[\]]/g, '').toLowerCase()
  if (isIP(bare) > 0) return isIP(host) > 0 && canonicalAddress(bare) === canonicalAddress(host)
  const domain = bare.replace(/^\*?\./, '')
  return host.endsWith(`.${domain}`) || (domain === bare && host === domain)
}

function isWithin(range: string, host: string): boolean {
  const [outer, inner] = [parseCidr(range), parseCidr(host)]
  return outer !== null && inner !== null && outer.family === inner.family && contains(outer, inner)
}
