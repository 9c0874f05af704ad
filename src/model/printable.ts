/**
 * The same with every text fit for a terminal, in one line: names and comments come from elsewhere and may hold what moves the cursor or turns the text.
 * What is fit as it is, is no copy: a report of many nodes is large.
 */
export function printable<T>(value: T): T {
  if (typeof value === 'string' && PLAIN.test(value)) return value
  if (typeof value === 'string')
    return value.toWellFormed().replace(UNFIT, (one) => (one === '\t' ? ' ' : '\uFFFD')) as T
  if (value === null || typeof value !== 'object') return value
  return (Array.isArray(value) ? printableList(value) : printableObject(value)) as T
}

function printableList(values: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | null = null
  for (const [i, value] of values.entries()) {
    const shown = printable(value)
    if (copy === null && shown !== value) copy = values.slice(0, i)
    copy?.push(shown)
  }
  return copy ?? values
}

function printableObject(object: object): object {
  const entries = Object.entries(object)
  const shown = entries.map(([key, value]): [string, unknown] => [printable(key), printable(value)])
  const isFit = shown.every(([key, value], i) => key === entries[i]![0] && value === entries[i]![1])
  return isFit ? object : Object.fromEntries(shown)
}

/** What nearly every text is made of. */
const PLAIN = /^[ -~]*$/

/** Control characters, line ends of Unicode, marks that turn the direction of a text, and what is not seen at all. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu

/** Lines of the program's own, each of which may hold words from elsewhere. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')

/** JSON with all of these escaped, its own line ends aside. */
export const escapedJson = (json: string): string =>
  json.replace(UNFIT, (one) =>
    one === '\n' ? one : Array.from({ length: one.length }, (_, i) => escaped(one, i)).join(''),
  )

const escaped = (text: string, at: number): string => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`
