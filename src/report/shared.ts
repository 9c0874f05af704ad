import type { Finding } from '../model/finding.ts'

/** So many different things are remembered at a time. */
const MOST = 5000

/**
 * Findings as they are kept to the end: what those of thousands of services have in common is held once, and nothing holds the text of a node that a line of proof
 * was taken from.
 */
export class SharedFindings {
  private readonly known = new Map<string, unknown>()

  of(findings: readonly Finding[]): Finding[] {
    return findings.map((one) => this.once(one, (copy) => this.withParts(copy)))
  }

  private withParts(finding: Finding): Finding {
    const { clients, who, evidence, consequences, leadsTo } = finding
    const parts = { clients, who, evidence, consequences, leadsTo }
    for (const [name, part] of Object.entries(parts)) Object.assign(parts, { [name]: this.once(part) })
    return { ...finding, ...parts }
  }

  /** The same thing where an equal one was met before; else a copy. */
  private once<T>(value: T, finish = (copy: T) => copy): T {
    const key = JSON.stringify(value)
    const known = this.known.get(key)
    if (known !== undefined) return known as T
    const copy = finish(JSON.parse(key) as T)
    if (this.known.size >= MOST) this.known.clear()
    this.known.set(key, copy)
    return copy
  }
}
