/** What meets a packet at a hook of the kernel: a base chain with its rules is one kind, a table of virtual servers another. */
import { memoByFamily } from '../model/memo.ts'
import type { ChainType, Hook, Ruleset, TableGap } from '../model/rules.ts'
import { type Base, baseChains } from './base-chains.ts'
import type { Place } from './evaluate.ts'
import type { Flow, Origin, Passage } from './flow.ts'
import type { Packet } from './packet.ts'
import { walkChain } from './walk.ts'

export interface Station {
  hook: Hook
  /** Stations of a hook are met in this order, lowest first. */
  priority: number
  /** `nat`: met by the first packet of a connection alone, and not once its address is bound. */
  type: ChainType
  /** What becomes of a packet that no rule ends; null where the text does not say, which is taken for `accept`. */
  policy: 'accept' | 'drop' | null
  /** The chain's name, or what stands in its place. */
  name: string
  /** The line that declares its policy, as evidence. */
  declaration: string
  /** Where it was read. */
  origin: Origin
  /** False where a part of it may be missing in the text. */
  whole: boolean
  /** Rules may be missing among those that are there, or behind them. */
  torn?: boolean
  /** What it translates, it sends on by itself: routed anew, through `output` from its beginning. */
  sends?: true
  /** Has it something for the packet, should it come? Where nothing tells whose the destination is, that says that it is the node's. */
  serves?(packet: Packet): boolean
  /** Packets meet it before all else, be it by the program that sends them: to what comes behind they are as if they had been sent so. */
  early?: {
    /** Has it something for the packet? */
    takes(packet: Packet): boolean
    /** Why nobody knows whether a packet that it let go on meets what comes behind; null where it does. */
    past(packet: Packet): string | null
  }
  /** Connection tracking, which turns an answer's address back; it decides nothing. */
  restores?(packet: Packet): Packet
  /** What it does to a flow of the packet. */
  pass(packet: Packet, flow: Flow, about: About): Passage
}

/** What a station needs to know besides the packet. */
type About = Omit<Place, 'table' | 'origin'>

/** The base chains of a family as stations, in the order in which the kernel calls them. */
export const stationsOf = memoByFamily((rulesets: readonly Ruleset[], family): readonly Station[] =>
  baseChains(rulesets, family).map(chainStation),
)

/** A chain that the kernel calls at a hook. */
export function chainStation({ ruleset, table, chain, hook, priority, type }: Base): Station {
  const origin = originOf(ruleset, table.name)
  return {
    ...{ hook, priority, type, policy: chain.policy, name: chain.name, origin, whole: table.whole },
    torn: (table.gaps ?? []).some(({ kind }) => TORN.has(kind)),
    declaration: chain.declaration ?? chain.name,
    pass: (packet, flow, about) => walkChain({ ...about, table, origin }, chain, packet, flow),
  }
}

const TORN: ReadonlySet<TableGap['kind']> = new Set(['cutOff', 'elided', 'fragment'])

/** Where the rules of a table were read. */
export function originOf({ command, file, dialect, backend }: Ruleset, table: string): Origin {
  return { command, file, table, writtenAs: [dialect, backend].filter((one) => one !== null).join(', ') }
}
