import type { Evidence } from './evidence.ts'
import type { Who } from './who.ts'

export type Severity = 'error' | 'warning' | 'info'

/** The worst first. */
const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

/** Sorts the worst first. */
export const bySeverity = (a: { severity: Severity }, b: { severity: Severity }): number =>
  SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)

/** One thing that is wrong, or worth knowing, with its proof and what mends it. */
export interface Finding {
  /** `SVP303`; docs/findings.md has them all. */
  code: string
  /** `stale-endpoint` */
  name: string
  severity: Severity
  /** Null where it concerns no single node. */
  node: string | null
  /** What it is about: an endpoint, an address, an interface, a setting. */
  subject: string
  /** All that it is about, in full, where that is more than one thing or the subject cuts it short. */
  subjects?: string[]
  /** The nodes that it is about, where these are several or none stands for all; absent else. */
  onNodes?: string[]
  /** The interface of the node by which it shows; absent where that says nothing. */
  byInterface?: string
  /** It is about rules that the proxy itself wrote, and will write anew. */
  ofProxy?: true
  /** One sentence of what it is and what clients feel. */
  message: string
  /** Whose connections it concerns: `pods on n2`, `clients outside that come in at n2`; empty where it concerns all, or none for sure. */
  clients: string[]
  /** The same clients as data, each once. */
  who: Who[]
  evidence: Evidence[]
  /** A command or change; null where none is known. */
  fix: string | null
  /** What follows from it and is not told by itself: `SVP304 on n2`. */
  consequences: string[]
  /** The same consequences as data. */
  leadsTo: Consequence[]
}

/** A finding that follows from another one. */
export interface Consequence {
  code: string
  name: string
  node: string | null
  message: string
}
