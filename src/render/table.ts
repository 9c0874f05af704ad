import CliTable from 'cli-table3'
import { printable } from '../model/printable.ts'
import { clip, stringWidth } from './terminal.ts'

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
 * left away. Where a width is given, columns go in by rank as long as they fit; the first one always does,
 * clipped where it must be.
 */
export function layOut<Row>(all: readonly Column<Row>[], rows: readonly Row[], width: number | null): Layout<Row> {
  const sized = all.flatMap((column) => {
    const widths = rows.map((row) => stringWidth(printable(column.cell(row))))
    const widest = widths.reduce((a, b) => Math.max(a, b), 0)
    return widest > 0 ? [{ ...column, width: Math.max(widest, stringWidth(column.title)) }] : []
  })
  let room = width ?? Number.POSITIVE_INFINITY
  const byRank = sized.toSorted((a, b) => a.rank - b.rank)
  const kept = byRank.filter((column, i) => {
    const fits = i === 0 || column.width <= room
    if (fits) room -= column.width + GAP
    return fits
  })
  const columns = sized.filter((column) => kept.includes(column))
  return {
    columns: columns.map((column) => ({ ...column, width: Math.min(column.width, width ?? column.width) })),
    leftOut: sized.filter((column) => !kept.includes(column)).map(({ title }) => title),
  }
}

const GAP = 2

/** A line of headings, then one line for each row; without borders and colours. */
export function drawTable<Row>({ columns }: Layout<Row>, rows: readonly Row[]): string[] {
  const titles = columns.map(({ title }) => title)
  const cells = [titles, ...rows.map((row) => columns.map(({ cell }) => printable(cell(row)) || '-'))]
  const lines: string[] = []
  for (let i = 0; i < cells.length; i += CHUNK) lines.push(...drawChunk(columns, cells.slice(i, i + CHUNK)))
  return lines
}

/** cli-table3 takes time with the square of the rows; with its widths given, a table can be drawn piece by piece. */
const CHUNK = 16

function drawChunk(columns: Layout<never>['columns'], cells: readonly string[][]): string[] {
  const table = new CliTable({
    colWidths: columns.map(({ width }) => width + GAP),
    colAligns: columns.map(({ align }) => align),
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
  })
  table.push(...cells.map((row) => row.map((cell, i) => clip(cell, columns[i]!.width))))
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
