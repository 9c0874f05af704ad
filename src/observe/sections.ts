import type { CounterReading, NodeState, PolicyRule, ProxyState } from '../model/node.ts'
import type { Problem, Ruleset } from '../model/rules.ts'
import { parseBpftoolCgroups } from '../parse/bpf/cgroup.ts'
import { parseBpftoolNet } from '../parse/bpf/net.ts'
import { parseTcFilters } from '../parse/bpf/tc-filter.ts'
import { parseCiliumConnections } from '../parse/cilium/ct.ts'
import { parseCiliumEndpoints } from '../parse/cilium/endpoints.ts'
import { parseCiliumLb } from '../parse/cilium/lb-list.ts'
import { parseCiliumDrops, parseCiliumPressure } from '../parse/cilium/metrics.ts'
import { mergeCilium, type ParsedCilium, parseCiliumAgent, parseCiliumRefusal } from '../parse/cilium/parts.ts'
import { parseCiliumPinned } from '../parse/cilium/pinned.ts'
import { parseCiliumServices } from '../parse/cilium/service-list.ts'
import { parseCiliumStatus } from '../parse/cilium/status.ts'
import { parseArp } from '../parse/host/arp.ts'
import { parseBrctlShow, parseBrctlShowmacs, parseBridgeFdbText } from '../parse/host/bridge.ts'
import { parseBridgeFdbJson } from '../parse/host/bridge-json.ts'
import { parseHairpin } from '../parse/host/bridge-link.ts'
import { parseConntrack } from '../parse/host/conntrack.ts'
import { parseConntrackStats } from '../parse/host/conntrack-stats.ts'
import { parseCounters } from '../parse/host/counters.ts'
import { parseHealthChecks } from '../parse/host/health-checks.ts'
import { parseIpLinkJson, parseIpNeighJson, parseIpRouteJson, parseIpRuleJson } from '../parse/host/ip-json.ts'
import { parseIpNeighText, parseIpRuleText } from '../parse/host/ip-text.ts'
import { parseIpLinkText } from '../parse/host/ip-text-link.ts'
import { parseIpRouteText } from '../parse/host/ip-text-route.ts'
import { parseHealthz, parseProxyMetrics, parseProxyMode } from '../parse/host/kube-proxy.ts'
import { parsePodNetns } from '../parse/host/pod-netns.ts'
import { parsePodRules } from '../parse/host/pod-rules.ts'
import { parseRouteTable } from '../parse/host/route.ts'
import { mergeRoutes } from '../parse/host/route-draft.ts'
import { parseSockets } from '../parse/host/sockets.ts'
import { parseSysctl } from '../parse/host/sysctl.ts'
import { parseIpsets } from '../parse/ipset/ipset.ts'
import { mergeIpsets } from '../parse/ipset/merge.ts'
import { parseListedRules } from '../parse/iptables/listing.ts'
import { parseSaves } from '../parse/iptables/save.ts'
import { parseIpvs } from '../parse/ipvs/ipvs.ts'
import { mergeIpvs } from '../parse/ipvs/merge.ts'
import { parseNftJson } from '../parse/nft/json.ts'
import { parseNftTables } from '../parse/nft/tables.ts'
import { parseNftText } from '../parse/nft/text.ts'
import type { Parsed } from '../parse/parsed.ts'
import { inPart } from '../parse/part.ts'
import type { TextKind } from '../parse/recognise.ts'
import { parseAntreaFlows } from '../parse/tables/antrea.ts'
import { parseCalicoNat } from '../parse/tables/calico.ts'
import { parseOvnLoadBalancers } from '../parse/tables/ovn.ts'
import type { Told } from '../parse/told.ts'
import { mergeLinks } from './links.ts'
import { housed } from './strays.ts'

/** What is seen of a node by its files. */
export type Field = Exclude<keyof NodeState, 'name' | 'problems'>

/** What a field holds once something of it was seen. */
type Seen<F extends Field> = NonNullable<NodeState[F]>

/** What one file says; `value` null: nothing in it could be read. */
interface Read<T> {
  value: T | null
  problems: readonly Problem[]
}

/** Text of one form, and what of a node it tells. */
export type Section<F extends Field = Field> = {
  [One in F]: {
    /** The form that the text has, whatever its file is called … */
    kind?: TextKind
    /** … or what a capture calls the file, where the text alone does not say what it is. */
    named?: string
    /** `told`: what the command above a pasted text says of it. */
    parse: (text: string, file: string, told: Told) => Read<Seen<One>>
    into: One
    /** What was known with what this file adds; left out: this file's alone. */
    merge?: (known: Seen<One>, more: Seen<One>) => Seen<One>
  }
}[F]

/** A list of which each file brings a part. */
const list =
  <T>(parse: (text: string, file: string) => Parsed<T>) =>
  (text: string, file: string): Read<T[]> => {
    const { items, problems } = parse(text, file)
    return { value: items.length === 0 && problems.length > 0 ? null : items, problems }
  }

/** Names and values. */
const map =
  <T>(parse: (text: string, file: string) => Parsed<[string, T]>) =>
  (text: string, file: string): Read<Map<string, T>> => {
    const { value, problems } = list(parse)(text, file)
    return { value: value && new Map(value), problems }
  }

/** What one file says whole. */
const whole =
  <T>(parse: (text: string) => T | null) =>
  (text: string): Read<T> => ({ value: parse(text), problems: [] })

const rules =
  (parse: (text: string, file: string, told: Told) => Ruleset[]) =>
  (text: string, file: string, told: Told): Read<Ruleset[]> => {
    const value = parse(text, file, told).map((ruleset) => inPart(ruleset, text, told))
    return { value, problems: value.flatMap(({ problems }) => problems) }
  }

const append = <T>(known: T[], more: T[]): T[] => [...known, ...more]

const inOrder = (known: CounterReading[], more: CounterReading[]): CounterReading[] =>
  [...known, ...more].sort((a, b) => a.uptime - b.uptime)

const assign = <T>(known: Map<string, T>, more: Map<string, T>): Map<string, T> => new Map([...known, ...more])

const mergeProxy = (known: ProxyState, more: ProxyState): ProxyState => ({
  healthz: more.healthz ?? known.healthz,
  metrics: more.metrics ?? known.metrics,
})

/** brctl names no bridge in its output; a capture names it in the file, and a command may stand above. */
const showmacs = (text: string, file: string, told: Told) =>
  list(() => parseBrctlShowmacs(text, file, /brctl-showmacs-([^/]+)\.txt$/.exec(file)?.[1] ?? told.bridge))(text, file)

/** Is this but a part of what is there? */
const isPart = (_text: string, _file: string, { part }: Told): Read<true> => ({ value: part && true, problems: [] })

/** A list of Cilium's of which a part was printed is not used: backends stand in lines of their own, and nothing tells how many there are. */
const allOf =
  (parse: (text: string, file: string) => ParsedCilium) =>
  (text: string, file: string, { part }: Told): ParsedCilium =>
    part === null
      ? parse(text, file)
      : {
          value: null,
          problems: [{ file, line: null, message: 'a part of a list of Cilium’s is not used: paste all of it' }],
        }

/** What Cilium prints; a capture names the files of which svcpath picked a part. */
const CILIUM = [
  { kind: 'ciliumStatus', parse: parseCiliumStatus },
  { kind: 'ciliumServices', parse: allOf(parseCiliumServices) },
  { kind: 'ciliumLb', parse: allOf(parseCiliumLb) },
  { kind: 'ciliumCt', parse: parseCiliumConnections },
  { kind: 'ciliumDrops', parse: parseCiliumDrops },
  { kind: 'ciliumPressure', parse: parseCiliumPressure },
  { kind: 'ciliumRefusal', parse: parseCiliumRefusal },
  { named: 'cilium-agent.txt', parse: parseCiliumAgent },
  { named: 'cilium-pinned-maps.txt', parse: parseCiliumPinned },
  { named: 'cilium-status.json', parse: parseCiliumStatus },
  { named: 'cilium-service-list.json', parse: parseCiliumServices },
  { named: 'cilium-bpf-lb-list.txt', parse: parseCiliumLb },
  { named: 'cilium-bpf-lb-list-frontends.txt', parse: parseCiliumLb },
  { named: 'cilium-bpf-ct-list-global.txt', parse: parseCiliumConnections },
  { named: 'cilium-bpf-metrics-list.txt', parse: parseCiliumDrops },
  { named: 'cilium-metrics-list.txt', parse: parseCiliumPressure },
] as const

/** No line of `ip rule` tells its family: the command does, or what a capture calls the file. */
const ofFamily =
  (parse: (text: string, file: string) => Parsed<PolicyRule>) =>
  (text: string, file: string, told: Told): Read<PolicyRule[]> => {
    const { value, problems } = list(parse)(text, file)
    const six = /(^|\/)ip(6?)-rule\.(json|txt)$/.exec(file)?.[2]
    const family = told.family ?? (six === undefined ? null : six === '6' ? 6 : 4)
    return { value: value && family ? value.map((rule) => ({ ...rule, family })) : value, problems }
  }

/** Every section of a node. A new one is a row here, and a line in `parse/recognise.ts` or a name. */
export const SECTIONS = [
  { kind: 'save', parse: rules(parseSaves), into: 'rulesets', merge: append },
  { kind: 'listing', parse: rules((...of) => [housed(parseListedRules(...of))]), into: 'rulesets', merge: append },
  { kind: 'nftJson', parse: rules((text, file) => [parseNftJson(text, file)]), into: 'rulesets', merge: append },
  { kind: 'nftText', parse: rules((text, file) => [parseNftText(text, file)]), into: 'rulesets', merge: append },
  { named: 'nft-tables.txt', parse: whole(parseNftTables), into: 'nftTables' },
  { kind: 'conntrack', parse: list(parseConntrack), into: 'conntrack', merge: append },
  { named: 'conntrack-stats.txt', parse: whole(parseConntrackStats), into: 'conntrackStats' },
  ...['counters.txt', 'counters-again.txt'].map((named) => ({
    named,
    parse: list(parseCounters),
    into: 'counters' as const,
    merge: inOrder,
  })),
  { kind: 'linkJson', parse: list(parseIpLinkJson), into: 'links', merge: mergeLinks },
  { kind: 'linkText', parse: list(parseIpLinkText), into: 'links', merge: mergeLinks },
  { kind: 'neighbourJson', parse: list(parseIpNeighJson), into: 'neighbours', merge: append },
  { kind: 'neighbourText', parse: list(parseIpNeighText), into: 'neighbours', merge: append },
  { kind: 'arp', parse: list(parseArp), into: 'neighbours', merge: append },
  { kind: 'routeJson', parse: list(parseIpRouteJson), into: 'routes', merge: mergeRoutes },
  { kind: 'routeText', parse: list(parseIpRouteText), into: 'routes', merge: mergeRoutes },
  { kind: 'routeTable', parse: list(parseRouteTable), into: 'routes', merge: mergeRoutes },
  ...(['routeText', 'routeTable'] as const).map((kind) => ({ kind, parse: isPart, into: 'routesPartial' as const })),
  { kind: 'linkText', parse: isPart, into: 'linksPartial' },
  { kind: 'ruleJson', parse: ofFamily(parseIpRuleJson), into: 'policyRules', merge: append },
  { kind: 'ruleText', parse: ofFamily(parseIpRuleText), into: 'policyRules', merge: append },
  { kind: 'fdbJson', parse: list(parseBridgeFdbJson), into: 'fdb', merge: append },
  { kind: 'fdbText', parse: list(parseBridgeFdbText), into: 'fdb', merge: append },
  { kind: 'brctlShowmacs', parse: showmacs, into: 'fdb', merge: append },
  { kind: 'brctlShow', parse: list(parseBrctlShow), into: 'bridgePorts', merge: append },
  { named: 'bridge-link.json', parse: map(parseHairpin), into: 'hairpin', merge: assign },
  { kind: 'podNamespaces', parse: list(parsePodNetns), into: 'podInterfaces', merge: append },
  { named: 'sockets.txt', parse: list(parseSockets), into: 'sockets', merge: append },
  { named: 'pod-rules.txt', parse: list(parsePodRules), into: 'podRules', merge: append },
  { kind: 'sysctl', parse: map(parseSysctl), into: 'sysctls', merge: assign },
  { kind: 'ipvs', parse: (text, file, told: Told) => parseIpvs(text, file, told.part), into: 'ipvs', merge: mergeIpvs },
  { kind: 'ipset', parse: list(parseIpsets), into: 'ipsets', merge: mergeIpsets },
  ...CILIUM.map((one) => ({ ...one, into: 'cilium' as const, merge: mergeCilium })),
  { kind: 'ciliumEndpoints', parse: parseCiliumEndpoints, into: 'podInterfaces', merge: append },
  { named: 'cilium-endpoint-list.json', parse: parseCiliumEndpoints, into: 'podInterfaces', merge: append },
  { kind: 'ovnLb', parse: parseOvnLoadBalancers, into: 'serviceTables', merge: append },
  { named: 'ovn-lb-list.txt', parse: parseOvnLoadBalancers, into: 'serviceTables', merge: append },
  { kind: 'calicoNat', parse: parseCalicoNat, into: 'serviceTables', merge: append },
  { named: 'calico-nat-dump.txt', parse: parseCalicoNat, into: 'serviceTables', merge: append },
  { kind: 'antreaFlows', parse: parseAntreaFlows, into: 'serviceTables', merge: append },
  { named: 'antrea-ovsflows.txt', parse: parseAntreaFlows, into: 'serviceTables', merge: append },
  { kind: 'bpfNet', parse: list(parseBpftoolNet), into: 'programs', merge: append },
  { kind: 'bpfCgroups', parse: list(parseBpftoolCgroups), into: 'programs', merge: append },
  {
    kind: 'tcFilters',
    parse: (...of) => list(() => parseTcFilters(...of))(of[0], of[1]),
    into: 'programs',
    merge: append,
  },
  { named: 'uname-r.txt', parse: whole((text) => text.trim()), into: 'kernel' },
  { named: 'kube-proxy-mode.txt', parse: whole(parseProxyMode), into: 'proxyMode' },
  {
    named: 'kube-proxy-healthz.json',
    parse: whole((text) => ({ healthz: parseHealthz(text), metrics: null })),
    into: 'proxy',
    merge: mergeProxy,
  },
  {
    named: 'kube-proxy-metrics.txt',
    parse: whole((text) => ({ healthz: null, metrics: parseProxyMetrics(text) })),
    into: 'proxy',
    merge: mergeProxy,
  },
  { named: 'health-checks.txt', parse: list(parseHealthChecks), into: 'healthChecks' },
  { named: 'versions.txt', parse: whole((text) => /^kernel (\S+)$/m.exec(text)?.[1] ?? null), into: 'kernel' },
  { named: 'versions.txt', parse: whole((text) => /^nft nftables v(\d[\w.]*)/m.exec(text)?.[1] ?? null), into: 'nft' },
] as const satisfies readonly Section[]
