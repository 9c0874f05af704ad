/** All that was seen at one moment. It comes live or from a recording, and nothing after `observe` can tell which. */
import type { Cluster } from './cluster.ts'
import type { NodeState } from './node.ts'
import type { Problem } from './rules.ts'

export interface ResolvConf {
  nameservers: string[]
  search: string[]
  ndots: number
  /** The file or pod it was read from. */
  origin: string
}

/** What one DNS pod answered to one question. */
export interface DnsAnswer {
  /** `kube-system/coredns-…` */
  pod: string
  name: string
  type: 'A' | 'AAAA' | 'CNAME'
  /** `NOERROR`, `NXDOMAIN` …: the name of the response code (RFC 1035, 4.1.1); null where no answer came. */
  rcode: string | null
  /** Why no answer came; null where one did. */
  error: string | null
  /** The pod was reached and gave no answer, or nobody listens there; absent where that is not known. */
  silent?: true
  /** Addresses, or the target of a CNAME without its last dot. */
  values: string[]
}

/** A node that was not read, and why. `leftOut`: not for a fault, but to read fewer. */
export interface Unread {
  node: string
  reason: string
  leftOut?: true
}

/** A piece of a text that somebody pasted, by what it was taken for. */
export interface RecognisedText {
  file: string
  /** Of its first line, 1-based. */
  line: number
  /** `save`, `listing`, `nftText`, `table`, `conntrack` …: see `TextKind`. */
  kind: string
  /** The command line above it; null where none stands there. */
  command: string | null
  /** The machine that its command ran on; null where nothing names one. */
  node: string | null
}

export interface Observation {
  /** `rules`: bare text, without a capture's layout. */
  source: 'live' | 'capture' | 'rules'
  /** ISO 8601 or the header's own words; null where nothing tells. */
  observedAt: string | null
  /** What a capture was taken of, by its manifest: `all`, a namespace, or `shop/web`. Absent where nothing tells. */
  asked?: string
  /** Its names and addresses are not the cluster's own. */
  redacted?: true
  /** What the person named: a folder, a tarball, files. */
  origin: string
  cluster: Cluster
  nodes: NodeState[]
  /** Nodes of the API that were not read, where it is known why. */
  unread: Unread[]
  resolvConfs: ResolvConf[]
  /** Null: nobody was asked. */
  dnsAnswers: DnsAnswer[] | null
  problems: Problem[]
  /** Of bare text: what it was found to hold. Absent for a capture and for a live look. */
  recognised?: RecognisedText[]
}
