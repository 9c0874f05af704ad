/** Sets of addresses, ports and names that iptables rules look packets up in: `ipset save`, `ipset list`. */
import type { Cidr, Family } from './address.ts'

export interface IpSet {
  name: string
  /** As ipset names it: `hash:ip,port`, `bitmap:port`, `list:set` … */
  type: string
  /** Null for the types that have none: bitmap:port, list:set. */
  family: Family | null
  /** Packets' addresses are cut to this prefix length before they are looked up; null: they are not. */
  netmask: number | null
  /** The same by any mask, `0.0.255.255`, in text. */
  bitmask: string | null
  /** Seconds that a new member stays; null: for ever, and members have no timeouts of their own. */
  timeout: number | null
  /** How many members it takes at most; null for the types that have no such limit, and where it is not printed. */
  most: number | null
  /** What `bitmap` sets can hold, as printed: `0-65535`, `10.0.0.0/24`. */
  range: string | null
  /** Null: they were not printed, as by `ipset list -terse`, or not all of them. */
  members: readonly IpSetMember[] | null
  source: { file: string; line: number; text: string }
}

export interface IpSetMember {
  /** As printed, without options. */
  text: string
  /** One for each dimension of the set's type; for list:set one, the other set's name. */
  parts: readonly IpSetPart[]
  /** An exception: what it matches is not in the set. */
  nomatch: boolean
  /** Seconds that are left; null: for ever. */
  timeout: number | null
  line: number
}

/** What a member wants of one dimension. */
export type IpSetPart =
  /** `host`: a type that holds single addresses; else the most specific of its prefixes counts. */
  | { kind: 'address'; cidr: Cidr; host: boolean }
  /** `protocol` null: TCP and UDP alike (bitmap:port). For ICMP, `port` is null. */
  | { kind: 'port'; protocol: string | null; port: number | null }
  /** `physdev`: the bridge port. A name that ends in `*` stands for all that begin so. */
  | { kind: 'interface'; name: string; physdev: boolean }
  | { kind: 'set'; name: string }
  /** A MAC address, a mark, or what is not understood. */
  | { kind: 'unknown'; text: string }
