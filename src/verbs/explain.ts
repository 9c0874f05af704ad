/** `explain`: what is known of findings, whatever the cluster. */
import { CATALOGUE, type CatalogueEntry, findEntry } from '../diagnose/catalogue.ts'
import { usageError } from '../model/errors.ts'
import { renderCatalogue, renderEntry } from '../render/explain.ts'
import { terminal } from '../render/terminal.ts'

/** Prints the entries of the words, or all of the catalogue where there are none. Gives the exit code 0. */
export function explainVerb(words: readonly string[], asJson: boolean): number {
  const look = terminal(process.stdout, process.env)
  const entries = [...new Set(words.map(entryOf))]
  // One entry is an object, as ever; several are a list like that of all.
  const data = entries.length === 0 ? CATALOGUE : entries.length === 1 ? entries[0] : entries
  const text = () =>
    entries.length === 0
      ? renderCatalogue(CATALOGUE, look)
      : entries.map((entry) => renderEntry(entry, look)).join('\n')
  process.stdout.write(asJson ? `${JSON.stringify(data, null, 2)}\n` : text())
  return 0
}

function entryOf(word: string): CatalogueEntry {
  const entry = findEntry(word)
  if (entry === null) throw usageError(`no finding ${word}`, 'kubectl svcpath explain lists them all')
  return entry
}
