/** `explain`: what is known of findings, whatever the cluster. */
import { CATALOGUE, findEntry } from '../diagnose/catalogue.ts'
import { usageError } from '../model/errors.ts'
import type { Io } from '../model/io.ts'
import { editDistance } from '../model/query.ts'
import { referenceUrl, renderCatalogue, renderEntry, renderWord } from '../render/explain.ts'
import { forPeople } from '../render/screen/people.ts'
import { terminal } from '../render/terminal.ts'
import { GLOSSARY_WORDS, glossaryText } from './glossary.ts'

export interface ExplainWords {
  /** Codes and names of findings; none: all. */
  codes: readonly string[]
  asJson: boolean
}

/** Prints the entries of the codes and the meaning of words, or all of the catalogue where there are none. Gives the exit code 0. */
export function explainVerb({ codes, asJson }: ExplainWords, { stdout, stderr, env }: Io): number {
  const look = terminal(stdout, env, stderr)
  const found = codes.map((word) => findEntry(word) ?? (asJson ? null : glossaryText(word)) ?? unknown(word))
  const entries = [...new Set(found)].filter((one) => typeof one !== 'string')
  // One entry is an object, as ever; several are a list like that of all.
  const all = (entries.length === 0 ? CATALOGUE : entries).map((one) => ({
    ...one,
    references: one.references.map(referenceUrl),
  }))
  const data = entries.length === 1 ? all[0] : all
  const text = () =>
    codes.length === 0
      ? renderCatalogue(CATALOGUE, look)
      : [...new Set(found)]
          .map((one) => (typeof one === 'string' ? renderWord(one, look) : renderEntry(one, look)))
          .join('\n')
  stdout.write(asJson ? `${JSON.stringify(data, null, 2)}\n` : forPeople(text(), look))
  return 0
}

function unknown(word: string): never {
  const names = [...CATALOGUE.map(({ name }) => name), ...GLOSSARY_WORDS]
  const near = names.filter((name) => editDistance(name, word) <= Math.max(1, Math.floor(word.length / 5))).slice(0, 3)
  const meant = near.length > 0 ? `did you mean ${near.join(' or ')}? ` : ''
  throw usageError(`no finding ${word}`, `${meant}kubectl svcpath explain lists them all`)
}
