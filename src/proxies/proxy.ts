/** What serves Services on a node. Code outside this room never asks for a mode, a back end or a dialect: it asks these. */
import type { Names } from '../kernel/names.ts'
import type { Station } from '../kernel/station.ts'
import type { Family } from '../model/address.ts'
import type { Pod, Protocol } from '../model/cluster.ts'
import type { ConntrackEntry, NodeState } from '../model/node.ts'
import type { Hook } from '../model/rules.ts'
import type { Sentence } from '../model/sentence.ts'

/** One set of service rules, or their like, of one family. A node may hold several: what an older mode or back end left is one, too. */
export interface ServiceProxy {
  /** What writes and shows it: `iptables-legacy`, `iptables-nft`, `nftables`. */
  name: string
  family: Family
  source: { command: string; file: string; table: string }
  /** Where the rules of all services begin, by name. */
  begin: string
  /** How much it holds, as evidence: `12 rules in KUBE-SERVICES of the table nat`. */
  extent: string
  /** Was it seen whole, and are the rules of all services gone from it? kube-proxy always has some. */
  empty: boolean
  /** Does it hold anything, and does a door lead packets to it? */
  reached: boolean
  /** Does it lead anything to an endpoint? Rules that only mark are a part of something else. */
  translates: boolean
  /** The base chains through which connections come to it. */
  doors: readonly Door[]
  /** What it adds to the base chains of the rules that packets meet. */
  stations: readonly Station[]
  /** Says as evidence that it has nothing for these entries: `no rule of KUBE-SERVICES takes 10.96.0.1:80/tcp`. */
  lacks(entries: string): string
  /** Has it something for this entry to which no packet comes, and why? Null where it has nothing, or packets come. */
  idle(entry: Place): Idle | null
  /** Does it hold an endpoint of this entry, and give it no new connections? As evidence; null where it does not. */
  resting(entry: Place, endpoint: { address: string; port: number | null }): Line | null
  /**
   * What it holds for an entry, what is really in force, and what the API says, where that is not seen by a walk, are not the same. `endpoints`: those
   * of the API, where any node is to lead to all that are ready; null where they are not known, or nodes differ by design.
   */
  disagreements(entry: Place, endpoints: readonly ApiEndpoint[] | null): readonly Disagreement[]
  /** Connections to an entry, where they do not stand in the kernel's own table; null where they do. */
  tracked(entry: TrackedPlace): Tracked | null
  /** The clients that it holds to an endpoint of this entry, as far as a table shows them. */
  held?(entry: Place): readonly Held[]
  /** How many of these addresses it leads to: what was left behind leads to what is gone. */
  likeness(addresses: ReadonlySet<string>): number
  /** Settings of the kernel that do not fit it. */
  misfits: readonly Misfit[]
  repair: Repair
}

export interface ApiEndpoint {
  address: string
  port: number | null
  ready: boolean
}

/** A setting of the kernel under which a proxy loses connections. */
export interface Misfit {
  key: string
  value: string
  wanted: string
  /** What clients notice. */
  effect: string
  /** Which connections: those that have to be masqueraded; or, in time, some of any. */
  loses: 'masqueraded' | 'later'
}

/** What a proxy that the node does not use any longer left behind, apart from rules. */
export interface Remains {
  subject: string
  message: string
  evidence: { command: string; text: string }
  /** A command for a root shell on the node. */
  remove: string
  note: string
}

/** Where an entry is. */
export interface Place {
  protocol: Protocol
  address: string
  port: number
}

/** `address` null: a port of the node's own addresses. */
export interface TrackedPlace {
  protocol: Protocol
  address: string | null
  port: number
}

/** Connections as a table of a proxy's own has them. */
export interface Tracked {
  /** How many came to the entry; null where what is sent there never carries its address. */
  count: number | null
  /** Those of them, or of any to the same pods, whose endpoint is known. Null: nothing was read of them. */
  led: readonly ConntrackEntry[] | null
}

/** A line of what was read of a proxy; `line` null: it stands in no line of its own. */
export interface Line {
  command: string
  file: string
  line: number | null
  text: string
}

/** A client, or several that count as one, held to an endpoint. */
export interface Held extends Line {
  client: string
  address: string
  port: number
}

/** What a proxy has for an entry, and why no packet comes to it. */
export interface Idle extends Line {
  reason: string
}

/** Two of its lists that should say the same, and what one of them says otherwise. */
export interface Disagreement {
  what: string
  lines: readonly Line[]
}

/** A table of the kernel's that holds no more: what is added to it is lost. */
export interface FullTable {
  name: string
  source: Line
  remedy: string
}

/** What shows that a program no longer follows the API. */
export interface Standstill {
  what: string
  /** What comes of it, where that is always the same. */
  effect: string | null
  source: Line
}

/** A base chain through which connections come to a proxy. */
export interface Door {
  name: string
  hook: Hook
  /** Null where the text may lack what leads on. */
  open: boolean | null
}

/** What mends a proxy's rules, as commands for a root shell on its node; null where restarting the proxy does it. */
export interface Repair {
  /** Leads a door to the rules again. */
  open(door: Door): string | null
  /** Takes away rules that the proxy does not use. */
  flush: string
}

/** A command to paste, with what there is to know of it. */
export interface Command {
  run: string
  note: string | null
}

/** The program that writes the rules, as somebody with kubectl looks after it. `pods`: those that are known. */
export interface Program {
  name: string
  /** What it says of itself when it is asked, in words; null where it is not asked apart. */
  answers: string | null
  /** `others`: which nodes do answer, in words; null where none does. Null where nothing shows one. */
  standstill(node: NodeState, others: string | null): Standstill | null
  restart(node: string, pods: readonly Pod[]): Command
  log(node: string, pods: readonly Pod[]): Command
}

/** How much of what may translate on a node, or stop a service's packets, was seen. */
export interface Seen {
  /** `absent`: the proxy's rules are known not to be there. */
  how: 'whole' | 'partial' | 'absent'
  /** What it means that no rule took a packet: a fault where `how` is not `partial`, else why nobody knows. */
  untaken: Sentence
  /** Tables that have a say and are not in the text: `nat`, `filter`. */
  unseen: readonly string[]
  /** Tables that have a say and of which only a part is in the text. */
  partial: readonly string[]
  /** Whoever copied the text left lines out. */
  elided: boolean
  /** A dump ends before its time; what is missing may decide anything. */
  cutOff: boolean
}

/** What serves Services on a node, for one family. */
export interface NodeProxies {
  all: readonly ServiceProxy[]
  seen: Seen
  /** Signs that something translates here whose rules are not read; null where there are none. */
  other: string | null
  /** Proof that no proxy wrote anything here; null where that is not sure. */
  absence: readonly { command: string; file: string; text: string }[] | null
  program: Program
  /** Tables of services that are full. */
  full: readonly FullTable[]
  names: Names
  stations: readonly Station[]
  /** What stands here of a proxy whose mode is not this node's; null where nothing does. */
  remains: Remains | null
  /** What it means that two of these are there. */
  together(one: ServiceProxy, other: ServiceProxy): string
  /** The one of these that the proxy does not use, as far as its own word or the endpoints tell; null where they do not. */
  leftover(one: ServiceProxy, other: ServiceProxy, endpoints: ReadonlySet<string>): ServiceProxy | null
}
