import { isIP } from 'node:net'
import { joinHostPort, parseAddress } from '../model/address.ts'
import type { CollectRequest, CounterRequest, WantedService } from '../model/request.ts'
import { quoteWord } from '../model/shell.ts'
import { AWK_FILTER } from '../proxies/kube-proxy/narrow-iptables.ts'
import { AWK_NFT_FILTER } from '../proxies/kube-proxy/narrow-nft.ts'
import { chainNames } from '../proxies/kube-proxy/wanted-chains.ts'
import { IPTABLES_TOOLS } from './iptables-tools.ts'
import { PRELUDE } from './prelude.ts'
import { CILIUM_HOST_SECTIONS, CILIUM_SECTIONS } from './sections-cilium.ts'
import { COUNTERS, FIRST_READING, SECOND_READING } from './sections-counters.ts'
import { HEALTH_SECTIONS } from './sections-health.ts'
import { HOST_SECTIONS } from './sections-host.ts'
import { IPVS_CONNECTIONS, IPVS_SECTIONS, IPVS_TOOLS } from './sections-ipvs.ts'
import { POD_RULE_SECTIONS } from './sections-pod-rules.ts'
import { PROXY_SECTIONS } from './sections-proxy.ts'
import { RULE_SECTIONS } from './sections-rules.ts'
import { TABLE_SECTIONS } from './sections-tables.ts'

/**
 * The script that a node runs once: POSIX sh for dash, busybox and bash, read from standard input. It writes nothing, takes no lock, and
 * loads no kernel module. `frame` marks where sections begin and end; it must be fresh and random, so that no output can hold it.
 * Everything that came from outside is checked and quoted before it stands in it. `own`: the node's own addresses.
 */
export function nodeScript(request: CollectRequest, frame: string, own: readonly string[] = []): string {
  const { parts } = request
  const whoever = [`OWN=${quoteWord(own.flatMap(hostInUrl).join(' '))}`]
  return scriptOf(request, frame, [
    ...whoever,
    ...(parts === 'all' ? [COUNTERS, FIRST_READING] : []),
    IPTABLES_TOOLS,
    RULE_SECTIONS,
    IPVS_TOOLS,
    IPVS_SECTIONS,
    CILIUM_SECTIONS,
    TABLE_SECTIONS,
    ...(parts === 'all' ? [HOST_SECTIONS, POD_RULE_SECTIONS, IPVS_CONNECTIONS, CILIUM_HOST_SECTIONS] : []),
    ...(parts === 'all' && !request.proxyHangs ? [PROXY_SECTIONS, HEALTH_SECTIONS] : []),
  ])
}

/** What is asked in the container of a program that answers there alone. */
const besideScript = (request: CollectRequest, frame: string): string =>
  scriptOf(request, frame, [CILIUM_SECTIONS, ...(request.parts === 'all' ? [CILIUM_HOST_SECTIONS] : [])])

function scriptOf(request: CollectRequest, frame: string, sections: readonly string[]): string {
  checkFrame(frame)
  return ended([`F=${quoteWord(frame)}`, ...settingsOf(request), PRELUDE, ...sections])
}

/** Whose rules and connections are meant, as shell variables. */
export function settingsOf(request: CollectRequest): string[] {
  const { services } = request
  const addresses = services === null ? [] : services.flatMap((one) => [...one.addresses, ...one.podAddresses])
  const fronts = (services ?? []).flatMap((one) => one.addresses.filter((address) => isIP(address) !== 0))
  const endpoints = (services ?? []).flatMap((one) => one.endpoints.map(({ address }) => address))
  const nodePorts = (services ?? []).flatMap((one) => one.ports.flatMap(({ nodePort }) => nodePort ?? []))
  const known = [...new Set([...addresses, ...endpoints])].filter((address) => isIP(address) !== 0)
  const names = (services ?? []).map(({ namespace, name }) => `${namespace}/${name}`).filter((one) => NAME.test(one))
  const hexPorts = nodePorts.filter(Number.isInteger).map((port) => `:${hex(port, 4)}`)
  return [
    `WHOLE=${services === null ? 1 : 0}`,
    `CHAINS=${quoteWord(services === null ? '' : chainNames(services).join(' '))}`,
    `ADDRESSES=${quoteWord(known.join(' '))}`,
    `FRONTS=${quoteWord(fronts.join(' '))}`,
    `FRONT_BYTES=${quoteWord(fronts.flatMap(hexAddress).map(bytesOf).join(' '))}`,
    `NODEPORTS=${quoteWord(nodePorts.map(Number).filter(Number.isInteger).join(' '))}`,
    `SERVICES=${quoteWord(names.join(' '))}`,
    `IPVS=${quoteWord(virtualServers(services ?? []).join('\n'))}`,
    `IPVS_PORTS=${quoteWord(nodePortFlags(services ?? []).join('\n'))}`,
    `HEALTH=${quoteWord(healthPorts(request).join(' '))}`,
    `HEX=${quoteWord([...known.flatMap(hexAddress), ...hexPorts].join(' '))}`,
    `AWK=${quoteWord(AWK_FILTER)}`,
    `AWK_NFT=${quoteWord(AWK_NFT_FILTER)}`,
  ]
}

/** The script that reads a node's counters once more, and nothing else. `forward`: those of the rules of kube-proxy's chain in FORWARD, too. */
export function counterScript({ forward }: CounterRequest, frame: string): string {
  checkFrame(frame)
  const settings = [`F=${quoteWord(frame)}`, `FORWARD=${forward ? 1 : 0}`]
  return ended([...settings, PRELUDE, IPTABLES_TOOLS, COUNTERS, SECOND_READING])
}

export function checkFrame(frame: string): void {
  if (!/^[0-9a-f]{32}$/.test(frame)) throw new Error('a frame is 32 hexadecimal digits')
}

/**
 * What goes to stderr waits in a pipe, and comes last: its own stream would be cut short on the way. `exit` ends the shell where the stream behind standard input
 * cannot be half-closed (exec before Kubernetes 1.30).
 */
export const ended = (parts: readonly string[]): string => String.raw`{ {
${parts.join('\n')}
printf '%s done\n' "$F"
} 2>&1 >&3 3>&- | tail -c 60000; } 3>&1
exit 0
`

/** What is run on a node, and beside it in the container of a program that answers there alone; each by the frame that its answer is read by. */
export interface Scripts {
  /** `own`: the addresses of the node. */
  node(frame: string, own: readonly string[]): string
  beside?(frame: string): string
}

export const collectScripts = (request: CollectRequest): Scripts => ({
  node: (frame, own) => nodeScript(request, frame, own),
  beside: (frame) => besideScript(request, frame),
})

export const counterScripts = (request: CounterRequest): Scripts => ({
  node: (frame) => counterScript(request, frame),
})

/** Each costs two seconds at most, where whoever listens there hangs. */
const MOST_HEALTH_CHECKS = 16

const healthPorts = ({ healthChecks }: CollectRequest): number[] =>
  [...new Set(healthChecks ?? [])].filter(Number.isInteger).slice(0, MOST_HEALTH_CHECKS)

function hostInUrl(address: string): string[] {
  const family = isIP(address)
  return family === 0 ? [] : [family === 6 ? `[${address}]` : address]
}

/** Namespace and name, as the API allows them. */
const NAME = /^[a-z0-9-]+\/[a-z0-9.-]+$/

/** `-t 10.96.0.1:443`, as ipvsadm is asked for one virtual server. */
const virtualServers = (services: readonly WantedService[]): string[] =>
  services.flatMap(({ addresses, ports }) =>
    addresses
      .filter((address) => isIP(address) !== 0)
      .flatMap((address) =>
        ports.map(({ protocol, port }) => `${FLAGS[protocol]} ${joinHostPort(address, Number(port))}`),
      ),
  )

/** `-t 30080`: the node's addresses are known there alone. */
const nodePortFlags = (services: readonly WantedService[]): string[] =>
  services.flatMap(({ ports }) =>
    ports.flatMap(({ protocol, nodePort }) =>
      Number.isInteger(nodePort) ? `${FLAGS[protocol]} ${Number(nodePort)}` : [],
    ),
  )

const FLAGS = { TCP: '-t', UDP: '-u', SCTP: '--sctp-service' }

/** As /proc/net/ip_vs spells it: `0A600001`, `fd00:0010:0096:0000:0000:0000:0000:0001`. */
function hexAddress(address: string): string[] {
  const parsed = parseAddress(address)
  if (!parsed) return []
  if (parsed.family === 4) return [hex(Number(parsed.value), 8)]
  const digits = parsed.value.toString(16).padStart(32, '0')
  return [(digits.match(/.{4}/g) ?? []).join(':')]
}

/** As a map's key begins with it: `0a600001`. */
const bytesOf = (address: string): string => address.replaceAll(':', '').toLowerCase()

const hex = (value: number, length: number): string => value.toString(16).toUpperCase().padStart(length, '0')
