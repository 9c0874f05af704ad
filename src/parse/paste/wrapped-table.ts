import { readHeader, readRow } from '../kube/columns.ts'
import { isServedTable } from '../kube/table.ts'
import { readPrompt } from './prompt.ts'

const MOST_PIECES = 6
/** Tables that are looked at, and lines of one: a text of nothing but titles must end. */
const [MOST_TABLES, MOST_LINES] = [50, 5_000]

/**
 * Joins the rows of kubectl's tables that a terminal broke, with their header, in place: a row begins at its first column, and is whole once all columns
 * that the header names have a cell. The rows of one table move up, so that no blank line parts them. Nothing is joined unless every line fits.
 */
export function wrappedTable(lines: string[], start: number, stop: number, width: number): void {
  let left = MOST_TABLES
  for (let at = start; at + 1 < stop && left > 0; at++) {
    if (!HEADER.test(lines[at]!)) continue
    left--
    const end = endOf(lines, at, stop)
    const pieces = lines.slice(at, end)
    // Titles alone may fit where rows do not.
    if (!TITLES.test(lines[at + 1]!) && !pieces.some((piece) => piece.length === width)) continue
    const [table, other] = [width, width + 1].map((one) => joined(pieces, one)).filter((one) => one !== null)
    if (!table || (other && said(other) !== said(table))) continue
    const blank = Array.from({ length: pieces.length - table.length }, () => '')
    lines.splice(at, pieces.length, ...table, ...blank)
    at = end - 1
  }
}

const HEADER = /^(?:NAMESPACE\s+)?NAME\s/
/** What is left of a line of titles. */
const TITLES = /^[A-Z()_ -]*[A-Z)][A-Z()_ -]*$/

const said = (table: readonly string[]): string => table.map((line) => line.replaceAll(/\s+/g, ' ')).join('\n')

function endOf(lines: readonly string[], from: number, stop: number): number {
  const ends = (line: string) => line.trim() === '' || readHeader(line) !== null || readPrompt(line) !== null
  let end = from + 1
  while (end < stop && end - from < MOST_LINES && !ends(lines[end]!)) end++
  return end
}

function joined(pieces: readonly string[], width: number): string[] | null {
  let at = 1
  while (at < pieces.length && TITLES.test(pieces[at]!)) at++
  const header = whole(pieces.slice(0, at), width)
  const columns = header === null ? null : readHeader(header)
  if (!header || !columns?.every(({ name }) => COLUMNS.has(name)) || !isServedTable(header)) return null
  const counts = countsOf(pieces, at, width, (line) => hasCells(line, columns))
  if (!counts) return null
  const table = [header]
  for (; at < pieces.length; at += counts[at]!) table.push(whole(pieces.slice(at, at + counts[at]!), width)!)
  return table.length > 1 ? table : null
}

/** Names of columns: half of one is none. */
const COLUMNS = new Set([
  ...'NAMESPACE NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR ENDPOINTS ADDRESSTYPE PORTS READY STATUS RESTARTS'.split(
    ' ',
  ),
  ...'IP NODE ROLES VERSION INTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME LABELS IP(S) LABELS'.split(' '),
  ...['NOMINATED NODE', 'READINESS GATES'],
])

function hasCells(line: string, columns: NonNullable<ReturnType<typeof readHeader>>): boolean {
  const cells = readRow(line, columns)
  return (
    cells !== null &&
    [...cells].every(
      ([name, cell]) => !cell.includes(' ') || /^(?:AGE|RESTARTS|OS-IMAGE|CONTAINER-RUNTIME|CONDITIONS)$/.test(name),
    )
  )
}

/**
 * How many lines the row takes that begins at each; null where the lines do not come out even. The fewest that make a row and leave rows alone behind it:
 * of the last cell what is broken off is no row.
 */
function countsOf(
  pieces: readonly string[],
  first: number,
  width: number,
  fits: (line: string) => boolean,
): number[] | null {
  const counts: number[] = []
  for (let at = pieces.length - 1; at >= first; at--)
    for (let count = 1; count <= MOST_PIECES && at + count <= pieces.length; count++) {
      const isEven = at + count === pieces.length || counts[at + count] !== undefined
      const row = isEven ? whole(pieces.slice(at, at + count), width) : null
      if (row === null || !fits(row)) continue
      counts[at] = count
      break
    }
  return counts[first] === undefined ? null : counts
}

/** One line of them; null where one that was broken is longer than the terminal. */
const whole = (pieces: readonly string[], width: number): string | null =>
  pieces.some((piece) => piece.length > width)
    ? null
    : pieces.map((piece, i) => (i < pieces.length - 1 ? piece.padEnd(width) : piece)).join('')
