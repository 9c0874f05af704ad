import type { SourceFile } from '../capture/read.ts'
import type { NodeState } from '../model/node.ts'
import type { Problem, Ruleset } from '../model/rules.ts'
import { parseArp } from '../parse/host/arp.ts'
import { parseBrctlShow, parseBrctlShowmacs, parseBridgeFdbText } from '../parse/host/bridge.ts'
import { parseBridgeFdbJson } from '../parse/host/bridge-json.ts'
import { parseHairpin } from '../parse/host/bridge-link.ts'
import { parseConntrack } from '../parse/host/conntrack.ts'
import { parseConntrackStats } from '../parse/host/conntrack-stats.ts'
import { parseIpLinkJson, parseIpNeighJson, parseIpRouteJson, parseIpRuleJson } from '../parse/host/ip-json.ts'
import { parseIpNeighText, parseIpRuleText } from '../parse/host/ip-text.ts'
import { parseIpLinkText } from '../parse/host/ip-text-link.ts'
import { parseIpRouteText } from '../parse/host/ip-text-route.ts'
import { parseHealthz, parseProxyMetrics } from '../parse/host/kube-proxy.ts'
import { parsePodNetns } from '../parse/host/pod-netns.ts'
import { parseRouteTable } from '../parse/host/route.ts'
import { mergeRoutes } from '../parse/host/route-draft.ts'
import { parseSockets } from '../parse/host/sockets.ts'
import { parseSysctl } from '../parse/host/sysctl.ts'
import { parseListedRules } from '../parse/iptables/listing.ts'
import { parseSaves } from '../parse/iptables/save.ts'
import { parseNftJson } from '../parse/nft/json.ts'
import { parseNftTables } from '../parse/nft/tables.ts'
import { parseNftText } from '../parse/nft/text.ts'
import type { Parsed } from '../parse/parsed.ts'
import type { TextKind } from '../parse/recognise.ts'
import { mergeLinks } from './links.ts'
import { chooseRulesets } from './rulesets.ts'

/** What the files of one node add up to. */
export class NodeDraft {
  private readonly node: NodeState
  private readonly rulesets: Ruleset[] = []

  constructor(name: string) {
    this.node = {
      name,
      rulesets: [],
      nftTables: null,
      conntrack: null,
      links: null,
      routes: null,
      policyRules: null,
      neighbours: null,
      fdb: null,
      bridgePorts: null,
      podInterfaces: null,
      sysctls: null,
      proxyMode: null,
      proxy: null,
      hairpin: null,
      conntrackStats: null,
      sockets: null,
      kernel: null,
      problems: [],
    }
  }

  /** Adds one file; false where its kind says nothing of a node. */
  add(kind: TextKind, source: SourceFile): boolean {
    const { node } = this
    const file = source.path
    const text = source.text()
    switch (kind) {
      case 'save':
        return parseSaves(text, file).every((ruleset) => this.addRules(ruleset))
      case 'listing':
        return this.addRules(parseListedRules(text, file))
      case 'nftJson':
        return this.addRules(parseNftJson(text, file))
      case 'nftText':
        return this.addRules(parseNftText(text, file))
      case 'conntrack':
        node.conntrack = this.joined(node.conntrack, parseConntrack(text, file))
        return true
      case 'linkJson':
        node.links = this.joined(node.links, parseIpLinkJson(text, file), mergeLinks)
        return true
      case 'linkText':
        node.links = this.joined(node.links, parseIpLinkText(text, file), mergeLinks)
        return true
      case 'neighbourJson':
        node.neighbours = this.joined(node.neighbours, parseIpNeighJson(text, file))
        return true
      case 'neighbourText':
        node.neighbours = this.joined(node.neighbours, parseIpNeighText(text, file))
        return true
      case 'arp':
        node.neighbours = this.joined(node.neighbours, parseArp(text, file))
        return true
      case 'routeJson':
        node.routes = this.joined(node.routes, parseIpRouteJson(text, file), mergeRoutes)
        return true
      case 'routeText':
        node.routes = this.joined(node.routes, parseIpRouteText(text, file), mergeRoutes)
        return true
      case 'routeTable':
        node.routes = this.joined(node.routes, parseRouteTable(text, file), mergeRoutes)
        return true
      case 'ruleJson':
        node.policyRules = this.joined(node.policyRules, parseIpRuleJson(text, file))
        return true
      case 'ruleText':
        node.policyRules = this.joined(node.policyRules, parseIpRuleText(text, file))
        return true
      case 'fdbJson':
        node.fdb = this.joined(node.fdb, parseBridgeFdbJson(text, file))
        return true
      case 'fdbText':
        node.fdb = this.joined(node.fdb, parseBridgeFdbText(text, file))
        return true
      case 'brctlShowmacs': {
        // brctl names no bridge in its output; a capture names it in the file.
        const bridge = /brctl-showmacs-([^/]+)\.txt$/.exec(file)?.[1] ?? null
        node.fdb = this.joined(node.fdb, parseBrctlShowmacs(text, file, bridge))
        return true
      }
      case 'brctlShow':
        node.bridgePorts = this.joined(node.bridgePorts, parseBrctlShow(text, file))
        return true
      case 'podNamespaces':
        node.podInterfaces = this.joined(node.podInterfaces, parsePodNetns(text, file))
        return true
      case 'sysctl':
        node.sysctls = new Map(this.joined([...(node.sysctls ?? [])], parseSysctl(text, file)))
        return true
      default:
        return false
    }
  }

  /** Adds a file that is known by its name alone; false for any other. */
  addNamed(name: string, source: SourceFile): boolean {
    const { node } = this
    const file = source.path
    switch (name) {
      case 'kube-proxy-mode.txt':
        node.proxyMode = source.text().trim()
        return true
      case 'kube-proxy-healthz.json':
        node.proxy = { metrics: null, ...node.proxy, healthz: parseHealthz(source.text()) }
        return true
      case 'kube-proxy-metrics.txt':
        node.proxy = { healthz: null, ...node.proxy, metrics: parseProxyMetrics(source.text()) }
        return true
      case 'bridge-link.json':
        node.hairpin = new Map(this.joined([...(node.hairpin ?? [])], parseHairpin(source.text(), file)))
        return true
      case 'conntrack-stats.txt':
        node.conntrackStats = parseConntrackStats(source.text())
        return true
      case 'nft-tables.txt':
        node.nftTables = parseNftTables(source.text())
        return true
      case 'sockets.txt':
        node.sockets = this.joined(node.sockets, parseSockets(source.text(), file))
        return true
      case 'versions.txt':
        node.kernel = /^kernel (\S+)$/m.exec(source.text())?.[1] ?? null
        return true
      default:
        return false
    }
  }

  /** kube-proxy could not be asked: no tool was there to ask with. */
  proxyUnasked(): void {
    this.node.proxy ??= { healthz: null, metrics: null }
  }

  /** A command that found nothing: none, where a file that is not there means that nobody asked. */
  foundNothing(file: string): void {
    if (file === 'conntrack.txt') this.node.conntrack ??= []
    if (/^ip-neigh\.(json|txt)$/.test(file)) this.node.neighbours ??= []
  }

  finish(): NodeState {
    const { rulesets, notes } = chooseRulesets(this.rulesets)
    return { ...this.node, rulesets, problems: [...this.node.problems, ...notes] }
  }

  private addRules(ruleset: Ruleset): true {
    this.rulesets.push(ruleset)
    // A dump of everything that arrived whole names every table.
    if (/list ruleset$/.test(ruleset.command) && ruleset.problems.length === 0)
      this.node.nftTables = ruleset.tables.map(({ family, name }) => `${family} ${name}`)
    this.note(ruleset.problems)
    return true
  }

  /** What was known with what a file adds. A file of which nothing could be read leaves it as it was: unknown, not none. */
  private joined<T>(
    known: T[] | null,
    { items, problems }: Parsed<T>,
    merge: (a: readonly T[], b: readonly T[]) => T[] = (a, b) => [...a, ...b],
  ): T[] | null {
    this.note(problems)
    return items.length === 0 && problems.length > 0 ? known : merge(known ?? [], items)
  }

  private note(problems: readonly Problem[]): void {
    this.node.problems.push(...problems)
  }
}
