/** What `-o json` prints of an Ingress, HTTPRoute or Gateway. See schema/routereport.schema.json. */
import type { Finding } from '../finding.ts'
import type { PathReport, Reason, Verdict } from '../report.ts'
import type { FrontKind } from './query.ts'

export interface RouteReport {
  apiVersion: 'svcpath/v1alpha1'
  kind: 'RouteReport'
  observedAt: string | null
  source: PathReport['source']
  origin: string
  subject: { kind: FrontKind; namespace: string; name: string }
  verdict: Verdict
  /** Why the verdict is what it is; empty for `reachable`. */
  reasons: Reason[]
  /** Who serves it: one for an Ingress or Gateway, one a parent for an HTTPRoute. */
  servers: FrontServer[]
  rules: FrontRule[]
  /** The way of each Service and port that a rule leads to, once. */
  ways: FrontWay[]
  findings: Finding[]
  notes: string[]
}

/** A class with its controller, which is named and not judged. */
export interface FrontServer {
  /** The Gateway; null for an Ingress. */
  gateway: { namespace: string; name: string } | null
  /** Null where none is named. */
  className: string | null
  controller: string | null
  addresses: string[]
  listeners: FrontListener[]
}

interface FrontListener {
  name: string
  hostname: string | null
  port: number | null
  protocol: string
}

/** Requests that are treated alike. */
export interface FrontRule {
  /** The route that it stands in, where a Gateway was asked for; null else. */
  route: { namespace: string; name: string } | null
  /** Empty: any. */
  hosts: string[]
  /** Any of them; none for a default backend. */
  matches: FrontMatch[]
  filters: { type: string; text: string }[]
  targets: FrontTarget[]
  verdict: Verdict
  /** Why, where it is no backend's fault; null else. */
  reason: string | null
}

export interface FrontMatch {
  path: string | null
  pathType: string
  method: string | null
  headers: string[]
  query: string[]
}

/** `granted` is part of `found`. `notJudged`: no Service, or in a way that is up to the controller. */
export type TargetState = 'found' | 'noService' | 'noPort' | 'notGranted' | 'notJudged' | 'unknown'

export interface FrontTarget {
  kind: string
  namespace: string
  name: string
  port: string | null
  weight: number
  /** Its part of the rule's requests, 0 to 1. */
  share: number
  /** It gets a copy of each request, and its answers are dropped. */
  mirror: boolean
  state: TargetState
  /** Why, for any but `found`. */
  reason: string | null
  verdict: Verdict
  /** The key of its way; null where it has none. */
  way: string | null
}

export interface FrontWay {
  /** `shop/web:80` */
  key: string
  report: PathReport
}
