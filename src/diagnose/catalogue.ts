import type { CatalogueEntry } from '../model/catalogue.ts'
import { CONNECTIONS, EVIDENCE, POLICY } from './catalogue/connections.ts'
import { DNS } from './catalogue/dns.ts'
import { FRONT } from './catalogue/front.ts'
import { KERNEL, LINKS } from './catalogue/kernel.ts'
import { NODE_PORTS } from './catalogue/node-ports.ts'
import { PROXY } from './catalogue/proxy.ts'
import { RULES } from './catalogue/rules.ts'
import { SERVICE } from './catalogue/service.ts'

/** All codes, in their order. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...SERVICE,
  ...DNS,
  ...RULES,
  ...PROXY,
  ...NODE_PORTS,
  ...KERNEL,
  ...LINKS,
  ...CONNECTIONS,
  ...POLICY,
  ...EVIDENCE,
  ...FRONT,
].sort((a, b) => a.code.localeCompare(b.code))

const BY_CODE: ReadonlyMap<string, CatalogueEntry> = new Map(CATALOGUE.map((entry) => [entry.code, entry]))

/** The record of a code; null for what is none. */
export const entryOf = (code: string): CatalogueEntry | null => BY_CODE.get(code) ?? null

/** The entry of a code (`SVP303`, `svp303`, `303`) or a name (`stale-endpoint`); null for what is none. */
export function findEntry(word: string): CatalogueEntry | null {
  const code = /^(svp)?\d{3}$/i.test(word) ? `SVP${word.slice(-3)}` : null
  return CATALOGUE.find((entry) => entry.code === code || entry.name === word.toLowerCase()) ?? null
}
