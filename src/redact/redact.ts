import { randomBytes } from 'node:crypto'
import { readManifest } from '../capture/manifest.ts'
import type { CapturedFile } from '../capture/write.ts'
import { DNS_FILE, redactDnsAnswers } from '../measure/dns.ts'
import { joinHostPort } from '../model/address.ts'
import { observeFiles } from '../observe/observation.ts'
import { endpointChain, nftablesChain, portKeys, serviceChain } from '../proxies/kube-proxy/names.ts'
import { AddressMap } from './addresses.ts'
import { redactHexadecimal } from './hexadecimal.ts'
import { NameMap } from './names.ts'
import { objectRewriter } from './objects.ts'
import { redactAddresses, redactText, type TextMaps } from './text.ts'

/** Instead of words that may hold anything. */
const LEFT_OUT = '(left out)'

/**
 * A capture with other names and addresses, the same ones the same in all files, so that the path can still be rebuilt: chains that are named by a hash
 * of a service are named by the hash of its new name. Ports and their names, protocols, counters, times, versions and the names of interfaces stay. `key` is
 * 32 random bytes, and is kept nowhere. Files that cannot be read safely are left out, as is all of the API's objects that svcpath does not read.
 */
export function redact(files: readonly CapturedFile[], key: Buffer = randomBytes(32)): CapturedFile[] {
  const names = new NameMap(key)
  const addresses = new AddressMap(key)
  const maps: TextMaps = { names, addresses, chains: renamedChains(files, names, addresses) }
  const objects = objectRewriter(names, addresses)
  const replacements = {
    name: (name: string) => names.replace(name),
    domain: (name: string) => names.replaceDomain(name),
    address: (address: string) => addresses.replace(address),
    words: LEFT_OUT,
  }
  const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`
  return files.flatMap(({ path, text }): CapturedFile[] => {
    const [folder, ...rest] = path.split('/')
    if (path === 'manifest.json') return [{ path, text: json(redactManifest(text, names, maps)) }]
    if (path === DNS_FILE) return [{ path, text: json(redactDnsAnswers(text, replacements)) }]
    if (folder === 'api') {
      const object = parsed(text)
      const made = path === 'api/version.json' ? versionOf(object) : object && objects(object)
      return made ? [{ path, text: json(made) }] : []
    }
    if (folder === 'pods' && rest.length === 3) {
      const [namespace = '', name = '', file] = rest
      return [
        {
          path: `pods/${names.replace(namespace)}/${names.replace(name)}/${file}`,
          text: redactResolvConf(text, names, addresses),
        },
      ]
    }
    const [node, file] = rest
    // /proc/net/route writes addresses in hexadecimal.
    if (folder !== 'nodes' || rest.length !== 2 || !node || !file || file === 'route.txt') return []
    return [{ path: `nodes/${names.replace(decoded(node))}/${file}`, text: nodeText(file, text, maps) }]
  })
}

/** Old chain to new, for all ports of all services and all their endpoints. */
function renamedChains(files: readonly CapturedFile[], names: NameMap, addresses: AddressMap): Map<string, string> {
  const api = files.filter(({ path }) => path.startsWith('api/'))
  const { cluster } = observeFiles(api, { source: 'capture', origin: 'redact', problems: [] })
  const chains = new Map<string, string>()
  for (const { namespace, name, ports } of cluster.services ?? []) {
    const endpoints = cluster.endpointsOf(namespace, name) ?? []
    const [newNamespace, newName] = [names.replace(namespace), names.replace(name)]
    for (const { name: port, protocol } of ports) {
      const newKeys = portKeys(newNamespace, newName, port)
      for (const [i, old] of portKeys(namespace, name, port).entries()) {
        for (const kind of ['SVC', 'SVL', 'EXT', 'FW', 'XLB'] as const)
          chains.set(serviceChain(kind, old, protocol), serviceChain(kind, newKeys[i]!, protocol))
        for (const { address, port: number } of endpoints)
          chains.set(
            endpointChain(old, protocol, joinHostPort(address, number)),
            endpointChain(newKeys[i]!, protocol, joinHostPort(addresses.replace(address), number)),
          )
      }
      for (const kind of ['service', 'external', 'local'] as const)
        chains.set(
          nftablesChain(kind, namespace, name, port, protocol),
          nftablesChain(kind, newNamespace, newName, port, protocol),
        )
    }
  }
  return chains
}

/** What was said on the way and on stderr is in nobody's hand. */
function redactManifest(text: string, names: NameMap, { addresses }: TextMaps): unknown {
  const manifest = readManifest(text)
  if (!manifest) return {}
  return {
    ...manifest,
    redacted: true,
    cluster: names.replace(manifest.cluster),
    asked:
      manifest.asked === 'all'
        ? 'all'
        : manifest.asked
            .split('/')
            .map((name) => names.replace(name))
            .join('/'),
    nodes: manifest.nodes.map((node) => ({
      ...node,
      name: names.replace(node.name),
      way: node.way.map((words) => words.split(' ', 1)[0] ?? ''),
      sections: node.sections.map((section) => ({
        ...section,
        command: redactAddresses(section.command, addresses),
        stderr: section.stderr === '' ? '' : LEFT_OUT,
      })),
    })),
    unread: manifest.unread.map(({ node }) => ({ node: names.replace(node), reason: `not read ${LEFT_OUT}` })),
  }
}

function versionOf(object: Record<string, unknown> | null): unknown {
  const plain = (value: unknown) => {
    const { major, minor, gitVersion, platform } = (value ?? {}) as Record<string, unknown>
    return { major, minor, gitVersion, platform }
  }
  if (!object) return null
  return 'serverVersion' in object ? { serverVersion: plain(object.serverVersion) } : plain(object)
}

function redactResolvConf(text: string, names: NameMap, addresses: AddressMap): string {
  const lines = text.split('\n').flatMap((line) => {
    const [directive, ...values] = line.trim().split(/\s+/)
    if (directive === 'nameserver') return `nameserver ${values.map((one) => addresses.replace(one)).join(' ')}`
    if (directive === 'search' || directive === 'domain')
      return `${directive} ${values.map((one) => names.replaceDomain(one)).join(' ')}`
    return directive === 'options' ? line : []
  })
  return `${lines.join('\n')}\n`
}

function nodeText(file: string, text: string, maps: TextMaps): string {
  const { names } = maps
  // The first word is what the container runtime called the pod's namespace.
  const named = /^(pod-netns|sockets)\./.test(file)
    ? text.replaceAll(/^\S+(?= )/gm, (name) => names.replace(name))
    : text
  if (/^proc-net-ip_vs(_conn)?\./.test(file)) return redactHexadecimal(text, maps.addresses)
  return redactText(named.replaceAll(/"ifalias": ?"[^"]*"/g, '"ifalias":""'), maps)
}

/** A node's name that is no DNS name stands encoded in its folder's. */
function decoded(folder: string): string {
  try {
    return decodeURIComponent(folder)
  } catch {
    return folder
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
