/** The columns of a kubectl table. */

export interface Column {
  name: string
  /** Where it starts in the header line. */
  start: number
}

/**
 * The columns that a header line names; null where the line is none. Only the two names of pods' tables that hold a space
 * are known as such. Kubernetes 1.1 wrote `CLUSTER_IP`.
 */
export function readHeader(line: string): Column[] | null {
  if (line.length > longestHeader || !/^\s*(NAMESPACE\s+)?NAME\s+[A-Z][A-Z0-9()_\s-]*$/.test(line)) return null
  const words = line.matchAll(/NOMINATED NODE|READINESS GATES|\S+/g)
  return Array.from(words, ({ 0: word, index }) => ({ name: word.replaceAll('_', '-'), start: index }))
}

/** No table of kubectl comes near; a longer line is junk, and taking it apart would fill the memory. */
const [longestHeader, longestRow] = [2_000, 100_000]

/**
 * The cells of a row by their columns' names; null where the row fits no way of reading it: cells two spaces apart, cells
 * below their columns' names (old kubectl leaves some blank), or words where the text has lost its alignment.
 */
export function readRow(line: string, columns: readonly Column[]): ReadonlyMap<string, string> | null {
  if (line.length > longestRow) return null
  const fitting = (cells: string[] | null) => (cells?.length === columns.length ? cells : null)
  const words = line.trim()
  const cells = fitting(words.split(/\s{2,}|\t/)) ?? fitting(cellsBelow(line, columns)) ?? fitting(words.split(/\s+/))
  return cells && new Map(columns.map(({ name }, i) => [name, cells[i]!]))
}

/** Null too where the line ends early: the last column of every table is filled in. */
function cellsBelow(line: string, columns: readonly Column[]): string[] | null {
  if (columns.some(({ start }) => start > 0 && /\S/.test(line.charAt(start - 1)))) return null
  const cells = columns.map(({ start }, i) => line.slice(start, columns[i + 1]?.start).trim())
  return cells.at(-1) === '' ? null : cells
}
