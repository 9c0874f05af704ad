import type { SourceFile } from '../capture/read.ts'
import type { NodeState } from '../model/node.ts'
import type { ResolvConf } from '../model/observation.ts'
import type { Problem, Ruleset } from '../model/rules.ts'
import { parseArp } from '../parse/host/arp.ts'
import { parseBrctlShow, parseBrctlShowmacs, parseBridgeFdbText } from '../parse/host/bridge.ts'
import { parseBridgeFdbJson } from '../parse/host/bridge-json.ts'
import { parseConntrack } from '../parse/host/conntrack.ts'
import { parseIpLinkJson, parseIpNeighJson, parseIpRouteJson, parseIpRuleJson } from '../parse/host/ip-json.ts'
import { parseIpNeighText, parseIpRuleText } from '../parse/host/ip-text.ts'
import { parseIpLinkText } from '../parse/host/ip-text-link.ts'
import { parseIpRouteText } from '../parse/host/ip-text-route.ts'
import { parsePodNetns } from '../parse/host/pod-netns.ts'
import { parseResolvConf } from '../parse/host/resolv-conf.ts'
import { parseRouteTable } from '../parse/host/route.ts'
import { mergeRoutes } from '../parse/host/route-draft.ts'
import { parseSysctl } from '../parse/host/sysctl.ts'
import { parseListedRules } from '../parse/iptables/listing.ts'
import { parseSave } from '../parse/iptables/save.ts'
import { parseNftJson } from '../parse/nft/json.ts'
import { parseNftText } from '../parse/nft/text.ts'
import type { Parsed } from '../parse/parsed.ts'
import type { TextKind } from '../parse/recognise.ts'
import { mergeLinks } from './links.ts'
import { chooseRulesets } from './rulesets.ts'

/** What the files of one node add up to. */
export class NodeDraft {
  private readonly node: NodeState
  private readonly rulesets: Ruleset[] = []
  readonly resolvConfs: ResolvConf[] = []

  constructor(name: string) {
    this.node = {
      name,
      rulesets: [],
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
      problems: [],
    }
  }

  /** Adds one file; false where its kind says nothing of a node. */
  add(kind: TextKind, source: SourceFile): boolean {
    const { node } = this
    const file = source.path
    const text = source.text()
    const take = <T>({ items, problems }: Parsed<T>): T[] => {
      this.note(problems)
      return items
    }
    switch (kind) {
      case 'save':
        return this.addRules(parseSave(text, file))
      case 'listing':
        return this.addRules(parseListedRules(text, file))
      case 'nftJson':
        return this.addRules(parseNftJson(text, file))
      case 'nftText':
        return this.addRules(parseNftText(text, file))
      case 'conntrack':
        node.conntrack = [...(node.conntrack ?? []), ...take(parseConntrack(text, file))]
        return true
      case 'linkJson':
        node.links = mergeLinks(node.links ?? [], take(parseIpLinkJson(text, file)))
        return true
      case 'linkText':
        node.links = mergeLinks(node.links ?? [], take(parseIpLinkText(text, file)))
        return true
      case 'neighbourJson':
        return this.addNeighbours(take(parseIpNeighJson(text, file)))
      case 'neighbourText':
        return this.addNeighbours(take(parseIpNeighText(text, file)))
      case 'arp':
        return this.addNeighbours(take(parseArp(text, file)))
      case 'routeJson':
        node.routes = mergeRoutes(node.routes ?? [], take(parseIpRouteJson(text, file)))
        return true
      case 'routeText':
        node.routes = mergeRoutes(node.routes ?? [], take(parseIpRouteText(text, file)))
        return true
      case 'routeTable':
        node.routes = mergeRoutes(node.routes ?? [], take(parseRouteTable(text, file)))
        return true
      case 'ruleJson':
        node.policyRules = [...(node.policyRules ?? []), ...take(parseIpRuleJson(text, file))]
        return true
      case 'ruleText':
        node.policyRules = [...(node.policyRules ?? []), ...take(parseIpRuleText(text, file))]
        return true
      case 'fdbJson':
        node.fdb = [...(node.fdb ?? []), ...take(parseBridgeFdbJson(text, file))]
        return true
      case 'fdbText':
        node.fdb = [...(node.fdb ?? []), ...take(parseBridgeFdbText(text, file))]
        return true
      case 'brctlShowmacs': {
        // brctl names no bridge in its output; a capture names it in the file.
        const bridge = /brctl-showmacs-([^/]+)\.txt$/.exec(file)?.[1] ?? null
        node.fdb = [...(node.fdb ?? []), ...take(parseBrctlShowmacs(text, file, bridge))]
        return true
      }
      case 'brctlShow':
        node.bridgePorts = [...(node.bridgePorts ?? []), ...take(parseBrctlShow(text, file))]
        return true
      case 'podNamespaces':
        node.podInterfaces = [...(node.podInterfaces ?? []), ...take(parsePodNetns(text, file))]
        return true
      case 'sysctl':
        node.sysctls = new Map([...(node.sysctls ?? []), ...take(parseSysctl(text, file))])
        return true
      case 'resolvConf':
        this.resolvConfs.push(...take(parseResolvConf(text, file)))
        return true
      default:
        return false
    }
  }

  setProxyMode(mode: string): void {
    this.node.proxyMode = mode.trim()
  }

  finish(): NodeState {
    const { rulesets, notes } = chooseRulesets(this.rulesets)
    return { ...this.node, rulesets, problems: [...this.node.problems, ...notes] }
  }

  private addRules(ruleset: Ruleset): true {
    this.rulesets.push(ruleset)
    this.note(ruleset.problems)
    return true
  }

  private addNeighbours(items: NonNullable<NodeState['neighbours']>): true {
    this.node.neighbours = [...(this.node.neighbours ?? []), ...items]
    return true
  }

  private note(problems: readonly Problem[]): void {
    this.node.problems.push(...problems)
  }
}
