import { isIP } from 'node:net'
import type { NodePath } from '../../model/report.ts'
import type { WantedService } from '../../model/request.ts'
import { quoteWord } from '../../model/shell.ts'
import { nftablesChain, portKeys, serviceChain } from '../../proxies/kube-proxy/names.ts'
import { chainNames } from '../../proxies/kube-proxy/wanted-chains.ts'
import { IPTABLES_TOOLS } from '../iptables-tools.ts'
import { PRELUDE } from '../prelude.ts'
import { settingsOf } from '../script.ts'
import { IPVS_TOOLS } from '../sections-ipvs.ts'
import { RULE_SECTIONS } from '../sections-rules.ts'
import { AROUND_AGAIN, RULES_AGAIN } from './around.ts'
import { CHAINS_AGAIN } from './chains.ts'
import { EVENTS } from './events.ts'
import { LOOP } from './loop.ts'
import { AWK_REDUCER } from './reducer.ts'
import { SIGNALS } from './signals.ts'

/**
 * The script that a node runs as long as a service is watched: POSIX sh, read from standard input, as `nodeScript` is, and as careful. Each line on its standard
 * input is a beat, which it answers by what has changed and a tick. It measures what it costs and reads less where that is more than its share; it ends with its
 * input, and where no beat comes. `frame`: what the lines of its own begin with. `serves`: what a look showed there.
 */
export function followScript(service: WantedService, frame: string, serves: Serves | null = null): string {
  if (!/^[0-9a-f]{8}$/.test(frame)) throw new Error('a frame is 8 hexadecimal digits')
  const { fronts, nodePorts } = entriesOf(service)
  const names = chainNames([service]).filter((name) => !name.startsWith('KUBE-SEP-'))
  const first = new Set(
    service.ports.map((port) =>
      serviceChain('SVC', portKeys(service.namespace, service.name, port.name)[0]!, port.protocol),
    ),
  )
  const allFilters = filtersOf(fronts, nodePorts)
  const filters = allFilters.length > MOST_FILTERS ? null : allFilters
  const reducer = [
    `F=${frame}`,
    `fronts=${fronts.join(' ')}`,
    `ports=${nodePorts.join(' ')}`,
    `picks=${filters === null ? 1 : 0}`,
    `most=${MOST_EVENTS}`,
  ]
  const variables = reducer.map((one) => `-v ${quoteWord(one)}`).join(' ')
  const settings = [
    `F=${quoteWord(frame)}`,
    ...settingsOf({ services: [service], parts: 'rules' }),
    `CHAIN_PATTERN=${quoteWord(names.map((name) => `${name} `).join('\n'))}`,
    `PATTERN=${quoteWord([...fronts.map((one) => `dst=${one} `), ...nodePorts.map((one) => `dport=${one} `)].join('\n'))}`,
    `PATIENCE=${PATIENCE_SECONDS}`,
    `KNOWN_NAT=${serves?.mode === 'iptables' && serves.backend === 'nft' ? 1 : ''}`,
  ]
  // All of it is one command, so that the shell has read it before it runs: what follows on standard input are beats.
  return `{
${settings.join('\n')}
${PRELUDE}
${IPTABLES_TOOLS}
${IPVS_TOOLS}
${CHAINS_AGAIN}
${modernChains(names, first)}
${ownChains(service)}
${SIGNALS}
${AROUND_AGAIN}
${RULES_AGAIN(RULE_SECTIONS)}
${EVENTS}
${streams('streams', filters ?? familiesOf(fronts))}
${streams('streams_alone', (filters ?? allFilters).slice(0, MOST_ALONE))}
watched() {
${LOOP}
}
if have awk; then
  case $(awk -W version 2>/dev/null </dev/null) in mawk*) awk='awk -W interactive';; *) awk=awk;; esac
  streamed=streams
  watched | $awk ${variables} ${quoteWord(AWK_REDUCER)}
else
  streamed=streams_alone
  watched
fi
exit 0
}
`
}

/** By what a node serves Services. */
export type Serves = Pick<NodePath, 'mode' | 'backend'>

/** A node that hears no beat for so long ends what it runs. */
const PATIENCE_SECONDS = 20

/** New connections that are told one by one between two ticks. */
const MOST_EVENTS = 300

/** So many streams of events, each filtered at its source, are cheaper than one that is not. */
const MOST_FILTERS = 3

/** So many where nothing but the source can filter. */
const MOST_ALONE = 8

function entriesOf({ addresses, ports }: WantedService): { fronts: string[]; nodePorts: number[] } {
  return {
    fronts: addresses.filter((address) => isIP(address) !== 0),
    nodePorts: [...new Set(ports.flatMap(({ nodePort }) => (Number.isInteger(nodePort) ? Number(nodePort) : [])))],
  }
}

/** The words by which `conntrack -E` picks the events, one list for each stream. */
function filtersOf(fronts: readonly string[], nodePorts: readonly number[]): string[][] {
  const families = [...new Set(fronts.map(familyOf))]
  return [
    ...fronts.map((address) => [familyOf(address), '-d', address]),
    ...families.flatMap((family) =>
      nodePorts.flatMap((port) =>
        ['tcp', 'udp'].map((protocol) => [family, '-p', protocol, '--orig-port-dst', String(port)]),
      ),
    ),
  ]
}

const familyOf = (address: string): string => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const familiesOf = (fronts: readonly string[]): string[][] => [...new Set(fronts.map(familyOf))].map((one) => [one])

function streams(name: string, all: readonly (readonly string[])[]): string {
  return `${name}() {\n${[...all.map((words) => `stream ${words.map(quoteWord).join(' ')}`), 'return 0'].join('\n')}\n}`
}

/** `first`: those that are to be there, and are asked for at each beat. */
const modernChains = (names: readonly string[], first: ReadonlySet<string>): string => {
  const lines = names.map((name, i) => `by_name "n$1_${i}" "$1" ${quoteWord(name)}${first.has(name) ? ' always' : ''}`)
  return `modern_chains() {\n${lines.join('\n')}\nreturn 0\n}`
}

/** The chains of kube-proxy's own table, and the elements of its maps by which the service's addresses lead there. */
function ownChains(service: WantedService): string {
  const { namespace, name, ports } = service
  const chains = ports.flatMap((port) =>
    (['service', 'external', 'local'] as const).map((kind) =>
      nftablesChain(kind, namespace, name, port.name, port.protocol),
    ),
  )
  const elements = (family: number) =>
    entriesOf(service)
      .fronts.filter((address) => isIP(address) === family)
      .flatMap((address) =>
        ports.map((port) => `{ ${address} . ${port.protocol.toLowerCase()} . ${Number(port.port)} }`),
      )
  const lines = [
    ...chains.map((chain) => `list chain "$1" kube-proxy ${quoteWord(chain)}`),
    'case $1 in',
    ...([4, 6] as const).flatMap((family) => [
      `${family === 4 ? 'ip' : 'ip6'})`,
      ...elements(family).map((element) => `get element "$1" kube-proxy service-ips ${quoteWord(element)}`),
      ';;',
    ]),
    'esac',
  ]
  const numbered = lines.map((line, i) => (/^(list|get) /.test(line) ? `nftables "o$1_${i}" ${line}` : line))
  return `own_chains() {\n${numbered.join('\n')}\nreturn 0\n}`
}
