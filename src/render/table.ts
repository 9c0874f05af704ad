import CliTable from 'cli-table3'
import { printable, stringWidth } from './terminal.ts'

export interface Column<Row> {
  title: string
  align: 'left' | 'right'
  /** What a narrow terminal keeps first: 1 before 2. */
  rank: number
  /** Plain text on one line; '' where there is nothing to tell. */
  cell: (row: Row) => string
}

/** Columns with their widths, and what there was no room for. */
export interface Layout<Row> {
  columns: (Column<Row> & { width: number })[]
  leftOut: string[]
}

/**
 * Chooses the columns for all rows of a report, so that its tables stand under each other. A column without a word is
 * left away. Where a width is given, columns go in by rank as long as they fit; the first one always does.
 */
export function layOut<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number | null): Layout<Row> {
  const sized = columns.flatMap((column) => {
    const widths = rows.map((row) => stringWidth(printable(column.cell(row))))
    const widest = widths.reduce((a, b) => Math.max(a, b), 0)
    return widest > 0 ? [{ ...column, width: Math.max(widest, stringWidth(column.title)) }] : []
  })
  let room = width ?? Number.POSITIVE_INFINITY
  const kept = new Set<Column<Row>>()
  for (const column of sized.toSorted((a, b) => a.rank - b.rank)) {
    if (kept.size > 0 && column.width > room) continue
    kept.add(column)
    room -= column.width + GAP
  }
  const leftOut = sized.filter((column) => !kept.has(column)).map(({ title }) => title)
  return { columns: sized.filter((column) => kept.has(column)), leftOut }
}

const GAP = 2

/** A line of headings, then one line for each row; without borders and colours. */
export function drawTable<Row>({ columns }: Layout<Row>, rows: readonly Row[]): string[] {
  const table = new CliTable({
    head: columns.map(({ title }) => title),
    colWidths: columns.map(({ width }) => width + GAP),
    colAligns: columns.map(({ align }) => align),
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
  })
  table.push(...rows.map((row) => columns.map(({ cell }) => printable(cell(row)) || '-')))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}

const SIDES = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
] as const
const LINES = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'] as const
const NO_BORDERS = Object.fromEntries([...SIDES, ...LINES].map((name) => [name, '']))
