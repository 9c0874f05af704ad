import type { Severity } from '../model/finding.ts'
import { CONNECTIONS, EVIDENCE, POLICY } from './catalogue/connections.ts'
import { DNS } from './catalogue/dns.ts'
import { KERNEL, LINKS } from './catalogue/kernel.ts'
import { RULES } from './catalogue/rules.ts'
import { SERVICE } from './catalogue/service.ts'

/** What is known of a code whatever the cluster. A code never changes its meaning and is never used again. */
export interface CatalogueEntry {
  code: string
  name: string
  severity: Severity
  /** What it is, and what clients feel. */
  what: string
  /** How it comes about. */
  how: string
  /** How it is proved. */
  proof: string
  /** What mends it. */
  fix: string
  /** Issues where it was met; of kubernetes/kubernetes where no other project is named. */
  references: readonly string[]
}

export const CATALOGUE: readonly CatalogueEntry[] = [
  ...SERVICE,
  ...DNS,
  ...RULES,
  ...KERNEL,
  ...LINKS,
  ...CONNECTIONS,
  ...POLICY,
  ...EVIDENCE,
]

/** The entry of a code (`SVP303`, `svp303`, `303`) or a name (`stale-endpoint`); null for what is none. */
export function findEntry(text: string): CatalogueEntry | null {
  const code = /^(svp)?\d{3}$/i.test(text) ? `SVP${text.slice(-3)}` : null
  return CATALOGUE.find((entry) => entry.code === code || entry.name === text.toLowerCase()) ?? null
}
