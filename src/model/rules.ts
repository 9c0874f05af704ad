/**
 * Packet-filter rules as the walker sees them: one model for iptables-save, `iptables -S`, `iptables -L` and nft.
 * What a dialect needs to print itself back stands in `syntax`; `matches` and `actions` say what the rule means.
 */
import type { Cidr } from './address.ts'

/** What a rule counted: packets, which in a nat table are new connections. `approximate`: printed rounded, as in `12K`. */
export interface Counter {
  packets: number
  bytes: number
  approximate?: true
  /** The kernel brings it up to date now and then: the last seconds may be missing. */
  lags?: true
  /** A flow table carries packets past it: it shows the beginning of connections alone. */
  partial?: true
}

export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress' | 'egress'
export type ChainType = 'filter' | 'nat' | 'route'
export type TableFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev'
export type Side = 'source' | 'destination'
type Direction = 'original' | 'reply'

/** A part of the packet that nft looks up in a set or map. */
export type Field =
  | { kind: 'address'; side: Side }
  | { kind: 'protocol' }
  | { kind: 'port'; side: Side }
  | { kind: 'interface'; side: 'in' | 'out' }
  | { kind: 'mark' }
  /** A field as conntrack took it down when it met the connection, or expects it of answers. */
  | { kind: 'connection'; direction: Direction; field: Field }
  | { kind: 'unknown'; text: string }

/** A value of a field in a set element: an address prefix, an inclusive range of ports or marks, or a word. */
export type FieldValue =
  | { kind: 'prefix'; cidr: Cidr }
  | { kind: 'range'; low: number; high: number }
  | { kind: 'word'; word: string }
  | { kind: 'any' }
  | { kind: 'unknown'; text: string }

/** One test of a rule. Where `negated`, the rule wants the test to fail. */
export type Match =
  /** `cidrs` null: the text gave a name that holds no address, see `text`. Several prefixes: any of them. */
  | { kind: 'address'; side: Side; negated: boolean; cidrs: readonly Cidr[] | null; text: string }
  /** Names in lower case (`tcp`, `udp`, `sctp`, `icmp`, `ipv6-icmp` …), a number's text where it has no known name. */
  | { kind: 'protocol'; negated: boolean; protocols: readonly string[] }
  /** Inclusive ranges. `either`: source or destination port. */
  | { kind: 'port'; side: Side | 'either'; negated: boolean; ranges: readonly (readonly [number, number])[] }
  /** A name, or its start followed by `*`. */
  | { kind: 'interface'; side: 'in' | 'out'; negated: boolean; pattern: string }
  | { kind: 'mark'; of: 'packet' | 'connection'; negated: boolean; value: number; mask: number }
  /**
   * In upper case: NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED, and the status words DNAT and SNAT. `ofEntry`: it reads
   * the conntrack entry, and fails without one even where it is negated.
   */
  | { kind: 'conntrack'; negated: boolean; states: readonly string[]; ofEntry?: true }
  /** In upper case: LOCAL, UNICAST, BROADCAST, MULTICAST, ANYCAST, BLACKHOLE, UNREACHABLE, PROHIBIT … */
  /** `apart`: of IPv6, what an address is by its number must hold besides what routing says of it. */
  | { kind: 'addressType'; side: Side; negated: boolean; types: readonly string[]; apart?: true }
  /** Random choice: true with this probability, 0 to 1. */
  | { kind: 'random'; negated: boolean; probability: number }
  /** Every n-th packet, so 1 in `every`. */
  | { kind: 'nth'; negated: boolean; every: number }
  /** xt_recent. `set` always holds and notes the address; `rcheck` and `update` hold for one noted in the last `seconds`. */
  | {
      kind: 'recent'
      operation: 'set' | 'rcheck' | 'update' | 'remove'
      negated: boolean
      list: string
      seconds: number | null
    }
  /** A look-up in a named nft set of the same table. */
  | { kind: 'set'; dialect: 'nft'; negated: boolean; set: string; fields: readonly Field[] }
  /**
   * A look-up in an ipset, which no rule dump holds: `sides` says for each dimension of the set whose address, port or interface is meant. `exceptions`: the
   * members with `nomatch` are looked up, and no others (--return-nomatch).
   */
  | { kind: 'ipset'; negated: boolean; set: string; sides: readonly Side[]; exceptions: boolean }
  /** A look-up among elements written in the rule itself. */
  | { kind: 'oneOf'; negated: boolean; fields: readonly Field[]; elements: readonly (readonly FieldValue[])[] }
  /** physdev: `is-in`, `is-out`, `is-bridged`, or the name of the bridge port it came in by or leaves by. */
  | {
      kind: 'bridgePort'
      test: 'is-in' | 'is-out' | 'is-bridged' | 'in' | 'out'
      negated: boolean
      name: string | null
    }
  /**
   * A test of an address, port or protocol that conntrack has taken down. Without an entry it fails, negated or not; but where xt_conntrack asks for
   * a state, too, it is not asked then (`besideState`).
   */
  | { kind: 'connection'; direction: Direction; negated: boolean; of: Match; besideState: boolean }
  /** TCP flags as bits (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32): of those in `mask`, exactly those in `set` are on. */
  | { kind: 'tcpFlags'; negated: boolean; mask: number; set: number }
  /** Holds always and only counts or notes: nfacct. */
  | { kind: 'always'; text: string }
  /**
   * `why`: what is not known, where it is not the test itself. `asks`: what it asks, its negation left aside, where one
   * packet gets the same answer through one hook after the other. Absent for what counts or remembers (limit, quota,
   * connlimit …), and for what reads anything that rules or routing may change. `ofPort`: it is the test of a port.
   */
  | { kind: 'unknown'; text: string; why?: string; asks?: { text: string; negated: boolean }; ofPort?: UnseenPort }

/** What a rule says of the one port that it is for, where it does not show its number: the chain it leads to, and its comment. */
export interface UnseenPort {
  chain: string | null
  comment: string | null
  protocol: string
}

/** Where DNAT sends the packet. Null: left as it is. A range's end is null where there is none. */
export interface DnatTarget {
  address: string | null
  addressEnd: string | null
  port: number | null
  portEnd: number | null
}

/** From the first to the last port of a range. */
export interface PortRange {
  from: number
  to: number
}

/** One thing that a rule does; several may follow each other in nft. */
export type Action =
  | { kind: 'jump'; chain: string }
  | { kind: 'goto'; chain: string }
  | { kind: 'return' }
  | { kind: 'accept' }
  | { kind: 'drop' }
  | { kind: 'reject'; with: string | null }
  /** Choices with their probabilities, which sum to 1. */
  | { kind: 'dnat'; choices: readonly { probability: number; target: DnatTarget }[] }
  /** `ports`: the source ports that it may take, where the rule names any. */
  | { kind: 'snat'; to: string; ports?: PortRange }
  | { kind: 'masquerade'; ports?: PortRange }
  /** `portEnd`: of a range, the last. */
  | { kind: 'redirect'; port: number | null; portEnd?: number | null }
  /** mark = (mark & `and`) ^ `xor`, both unsigned 32-bit: the form that xt_MARK and nft's bitwise share. */
  | { kind: 'mark'; of: 'packet' | 'connection'; and: number; xor: number; shift?: number }
  /**
   * One mark copied into the other: to = (to & ~`into`) ^ shifted(from & `mask`) ^ `xor`. `into` left out: the same bits. Shifts count to the left;
   * below 0 they go to the right. `breaks`: without a conntrack entry the rule goes no further.
   */
  | {
      kind: 'copyMark'
      direction: 'save' | 'restore'
      mask: number
      into?: number
      xor?: number
      shift?: number
      /** Without a conntrack entry the rule goes no further. */
      needsEntry?: true
    }
  /** Bits of a mark become what the rules do not tell. */
  | { kind: 'anyMark'; of: 'packet' | 'connection'; bits: number; text: string }
  /** Takes the packet out of connection tracking. */
  | { kind: 'notrack' }
  /** The verdict that a named nft map holds for the packet; no element, no effect. */
  | { kind: 'verdictMap'; fields: readonly Field[]; map: string | readonly MapElement[] }
  /** A verdict drawn at random: the probabilities sum to at most 1, the rest falls through. */
  | { kind: 'randomVerdict'; choices: readonly { probability: number; verdict: Action }[] }
  /**
   * Has no effect on the way: counts, logs, updates a set (`writes`, by its name). `offloads`: what follows of the connection does not pass the rules.
   */
  | { kind: 'none'; text: string; writes?: string; offloads?: true }
  /** `translates`: it is a DNAT whose destination is not in the text. */
  | { kind: 'unknown'; text: string; translates?: true }

/** An element of an nft verdict map: one value a field, and the verdict. */
export interface MapElement {
  key: readonly FieldValue[]
  verdict: Action
  comment: string | null
}

/** A named nft set or verdict map. `dynamic`: rules add to it, so what it held a moment later may differ. */
export interface NamedSet {
  name: string
  dynamic: boolean
  elements: readonly (readonly FieldValue[])[]
  /** Verdict maps only, parallel to `elements`; null for a set. */
  verdicts: readonly MapElement[] | null
  /** Some of its elements alone are in the text. */
  partial?: true
}

/** Where a rule stands: 1-based line of the text, and the line as it stands (for nft JSON: the rule's own rendering). */
export interface RuleSource {
  line: number
  text: string
}

export interface Rule {
  matches: readonly Match[]
  actions: readonly Action[]
  counter: Counter | null
  comment: string | null
  source: RuleSource
  /** The kernel's number for it in its table, where the text tells it. */
  readonly handle?: number
  /**
   * The one IPv4 address that the rule wants as destination, where the text shows it without being taken apart: what
   * makes looking one service up among thousands cheap. Absent where only the matches tell.
   */
  readonly plainDestination?: string | undefined
}

export interface Chain {
  name: string
  /** Null for a chain that only jumps reach. */
  base: { hook: Hook; priority: number; type: ChainType } | null
  /** A base chain's policy; null where the text does not say. */
  policy: 'accept' | 'drop' | null
  /** A base chain's declaration with its policy, as its dialect prints it: evidence. */
  readonly declaration?: string | undefined
  counter: Counter | null
  /** The text shows the chain itself, with or without rules, and not only rules that name it. */
  readonly declared?: boolean | undefined
  /** May be parsed on first use. */
  readonly rules: readonly Rule[]
}

export interface Table {
  family: TableFamily
  name: string
  chains: Map<string, Chain>
  sets: Map<string, NamedSet>
  /** False where the text is a fragment: then a chain that is not here may well exist on the node. */
  whole: boolean
  /** Why the text is not all of the table, as far as the text itself shows. Absent or empty: no reason was seen. */
  gaps?: readonly TableGap[]
  /** The built-in chains whose heading is in the text: `:PREROUTING ACCEPT`, `Chain PREROUTING (policy …)`, `hook prerouting`. */
  builtIns?: readonly string[]
  /** Lets go of what was read on first use and can be read again; called where nobody is at work on its rules. */
  release?(): void
}

/** A place where a text lacks a part of a table. */
export interface TableGap {
  /**
   * `elided`: whoever copied it left lines out, and says so. `cutOff`: the text ends before the table does.
   * `restoreInput`: what iptables-restore was fed, without the built-in chains. `fragment`: some rules or chains only.
   */
  kind: 'elided' | 'cutOff' | 'restoreInput' | 'fragment'
  /** 1-based; null where the whole table is meant. */
  line: number | null
  /** The line as it stands, shortened; or what is missing. */
  text: string
}

/** One dump of one back end. */
export interface Ruleset {
  dialect: 'iptables' | 'nft'
  /** Null where the text does not tell. An `iptables-save` header does; an nft dump is always nft. */
  backend: 'legacy' | 'nft' | null
  /** The command that printed it, as evidence: `iptables-save -c`. */
  command: string
  /** The file it was read from, as evidence. */
  file: string
  /** When it was taken, in the header's own words; null where there is none. */
  takenAt: string | null
  tables: Table[]
  /** What could not be read: truncated lines, junk. */
  problems: Problem[]
  /** The text ends before its time: what is missing may decide anything. */
  cutOff?: true
}

/** Something in the input that was not understood or is missing; never fatal. */
export interface Problem {
  file: string
  /** 1-based; null where it concerns the whole file. */
  line: number | null
  message: string
  /** The API's objects of a kind could not be read: those of all namespaces, or of one. */
  unread?: 'everywhere' | 'namespace'
}
