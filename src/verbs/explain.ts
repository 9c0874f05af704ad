/** `explain`: what is known of findings, whatever the cluster. */
import { CATALOGUE, findEntry } from '../diagnose/catalogue.ts'
import type { CatalogueEntry } from '../model/catalogue.ts'
import { usageError } from '../model/errors.ts'
import type { Io } from '../model/io.ts'
import { renderCatalogue, renderEntry } from '../render/explain.ts'
import { terminal } from '../render/terminal.ts'

export interface ExplainWords {
  /** Codes and names of findings; none: all. */
  codes: readonly string[]
  asJson: boolean
}

/** Prints the entries of the codes, or all of the catalogue where there are none. Gives the exit code 0. */
export function explainVerb({ codes, asJson }: ExplainWords, { stdout, env }: Io): number {
  const look = terminal(stdout, env)
  const entries = [...new Set(codes.map(entryOf))]
  // One entry is an object, as ever; several are a list like that of all.
  const data = entries.length === 0 ? CATALOGUE : entries.length === 1 ? entries[0] : entries
  const text = () =>
    entries.length === 0
      ? renderCatalogue(CATALOGUE, look)
      : entries.map((entry) => renderEntry(entry, look)).join('\n')
  stdout.write(asJson ? `${JSON.stringify(data, null, 2)}\n` : text())
  return 0
}

function entryOf(word: string): CatalogueEntry {
  const entry = findEntry(word)
  if (entry === null) throw usageError(`no finding ${word}`, 'kubectl svcpath explain lists them all')
  return entry
}
