import type { Finding } from '../model/finding.ts'

/** So many different things are remembered at a time. */
const MOST = 5000

/**
 * Findings as they are kept to the end: what those of thousands of services have in common is held once, and nothing holds the text of a node that a line of proof
 * was taken from.
 */
export class SharedFindings {
  /** By message: few that differ have the same. */
  private readonly findings = new Map<string, Finding>()
  private readonly parts = new Map<string, unknown>()

  of(findings: readonly Finding[]): Finding[] {
    return findings.map((one) => this.finding(one))
  }

  private finding(one: Finding): Finding {
    const text = JSON.stringify(one)
    const known = this.findings.get(one.message)
    if (known && JSON.stringify(known) === text) return known
    const copy: Finding = JSON.parse(text)
    copy.name = this.once(copy.name)
    copy.subject = this.once(copy.subject)
    if (copy.subjects) copy.subjects = this.once(copy.subjects)
    copy.clients = this.once(copy.clients)
    copy.who = this.once(copy.who)
    copy.evidence = this.once(copy.evidence)
    copy.consequences = this.once(copy.consequences)
    copy.leadsTo = this.once(copy.leadsTo)
    if (this.findings.size >= MOST) this.findings.clear()
    this.findings.set(copy.message, copy)
    return copy
  }

  /** The same thing where an equal one was met before. */
  private once<T>(value: T): T {
    const key = JSON.stringify(value)
    const known = this.parts.get(key)
    if (known !== undefined) return known as T
    if (this.parts.size >= MOST) this.parts.clear()
    this.parts.set(key, value)
    return value
  }
}
