import { randomBytes } from 'node:crypto'
import { readManifest } from '../capture/manifest.ts'
import type { CapturedFile } from '../capture/write.ts'
import { DNS_FILE, redactDnsAnswers } from '../measure/dns.ts'
import { joinHostPort } from '../model/address.ts'
import { observeFiles } from '../observe/observation.ts'
import { endpointChain, nftablesChain, portKeys, serviceChain } from '../proxies/kube-proxy/names.ts'
import { AddressMap } from './addresses.ts'
import { redactHexadecimal } from './hexadecimal.ts'
import { renameHostText } from './host-text.ts'
import { NameMap } from './names.ts'
import { objectRewriter } from './objects.ts'
import { namesIn } from './rule-names.ts'
import { redactRules, redactText, type TextMaps } from './text.ts'

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
  const rules = files.flatMap(({ path, text }) => (RULES.test(path) ? text : POD_RULES.test(path) ? bare(text) : []))
  const ruleNames = new Set(rules.flatMap(namesIn))
  const maps: TextMaps = { names, addresses, chains: renamedChains(files, names, addresses), ruleNames }
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
    if (folder === 'pods' && rest.length === 3 && rest[2] === 'resolv.conf') {
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
    if (folder !== 'nodes' || rest.length !== 2 || !node || !file || !KNOWN_FILE.test(file)) return []
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
function redactManifest(text: string, names: NameMap, maps: TextMaps): unknown {
  const manifest = readManifest(text)
  if (!manifest) return {}
  const { apiVersion, kind, version, observedAt, cluster, asked, nodes, unread } = manifest
  return {
    ...{ apiVersion, kind, version, observedAt, redacted: true, cluster: names.replace(cluster) },
    asked:
      asked === 'all'
        ? 'all'
        : String(asked)
            .split('/')
            .map((name) => names.replace(name))
            .join('/'),
    nodes: nodes.map(({ name, way, complete, bytes, sections }) => ({
      ...{ name: names.replace(name), complete, bytes },
      way: way.flatMap((words) => /^(exec|ssh|local|debug)\b/.exec(words)?.[0] ?? []),
      sections: sections
        .filter(({ file }) => KNOWN_FILE.test(file))
        .map(({ file, command, exitCode, stderr, milliseconds, leftOut }) => ({
          ...{
            file,
            command: redactRules(command, { ...maps, ruleNames: maps.ruleNames.union(new Set(namesIn(command))) }),
            exitCode,
            stderr: stderr === '' ? '' : LEFT_OUT,
            milliseconds,
          },
          leftOut:
            leftOut === null || /^\d+ chains and \d+ rules of other services$/.test(leftOut) ? leftOut : LEFT_OUT,
        })),
    })),
    unread: unread.map(({ node }) => ({ node: names.replace(node), reason: `not read ${LEFT_OUT}` })),
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

/** /proc/net/route, groups of Open vSwitch and pinned maps have addresses in hexadecimal: they are left out, as is what no tool is known to have written. */
const KNOWN_FILE =
  /^(arp|bpftool-(net|cgroup)|tc-filters|brctl-show(macs)?|calico-nat-dump|ovn-lb-list|bridge-(fdb|link)|cilium-(agent|status|service-list|bpf-lb-list(-frontends)?|bpf-ct-list-global|bpf-metrics-list|metrics-list)|conntrack6?|conntrack-(stats|count)|counters(-again)?|health-checks|ip6?-(addr|link|neigh|route|rule|n|r)|ip6?tables(-legacy|-nft)?-(save|version|L|L-nv|S|t-[a-z]+)|kube-proxy-(mode|healthz|metrics)|nft|nft-(tables|ruleset)|ipset(-[a-z]+)?|ipvsadm(-[A-Za-z]+)*|proc-net-ip_vs(_conn)?|pod-(netns|rules)|sockets|sysctl|versions|uname)(-[a-z0-9]+)?\.(txt|json)$/

const RULES = /^nodes\/[^/]+\/(ip6?tables|nft|ipset)[^/]*$/

const POD_RULES = /^nodes\/[^/]+\/pod-rules\.txt$/

/** Without the name of the pod's namespace that begins each line. */
const bare = (text: string): string => text.replaceAll(/^\S+ /gm, '')

function podRulesText(text: string, maps: TextMaps): string {
  const spaces = [...text.matchAll(/^(\S*)/gm)].map(([, name]) => (name ? `${maps.names.replace(name)} ` : ''))
  return redactRules(bare(text), maps)
    .split('\n')
    .map((line, i) => `${spaces[i] ?? ''}${line}`)
    .join('\n')
}

function nodeText(file: string, text: string, maps: TextMaps): string {
  if (/^pod-rules\./.test(file)) return podRulesText(text, maps)
  if (/^proc-net-ip_vs(_conn)?\./.test(file)) return redactHexadecimal(text, maps.addresses)
  if (/^(ip6?tables-(?!version)|nft|ipset)/.test(file)) return redactRules(text, maps)
  return redactText(renameHostText(file, text, maps.names), maps)
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
