import type { NamedSet } from '../model/rules.ts'

/** A set or map of which parts are known, with more of them. */
export const withElements = (known: NamedSet, more: NamedSet): NamedSet => ({
  ...known,
  elements: [...known.elements, ...more.elements],
  verdicts: known.verdicts && [...known.verdicts, ...(more.verdicts ?? [])],
})
