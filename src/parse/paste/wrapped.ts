/** Lines that a terminal broke at its width, made one again. */

import { FORMS, type Form, formOf } from './wrapped-forms.ts'
import { wrappedTable } from './wrapped-table.ts'

/** Terminals are no narrower, and a wider one breaks no lines of these tools. */
const [NARROWEST, WIDEST] = [40, 500]
/** Of a statement that was broken more often, nobody reads anything. */
const MOST_PIECES = 12
/** Statements by which the width is found out, and lines of tables. */
const MOST_VOTES = 200
/** Statements that are read to join them; more are junk, and count as cut off. */
const MOST_GROUPS = 20_000

/** A statement in several lines: the first of them, and how many. */
interface Group {
  form: Form
  at: number
  pieces: readonly string[]
}

/**
 * Joins the lines `start` to `stop` (exclusive) that a terminal broke, in place; what followed becomes blank, so that lines keep their numbers. The longest
 * line gives the width; copying may have taken a blank at a break away, and then it is one more. Which of the two holds is told by what can be read: the
 * statement has to be one when it is joined, and none before. Where both can be read nothing is joined, and the first line counts as cut off.
 */
export function joinWrapped(lines: string[], start: number, stop: number): void {
  const width = widest(lines, start, stop)
  if (width < NARROWEST || width > WIDEST) return
  wrappedTable(lines, start, stop, width)
  const groups = groupsIn(lines, start, stop, width)
  if (groups.length === 0) return
  const told = toldBy(groups.slice(0, MOST_VOTES), width)
  for (const group of groups.slice(0, MOST_GROUPS)) settle(lines, group, width, told)
  for (const { form, at, pieces } of groups.slice(MOST_GROUPS)) lines[at] = FORMS[form].cut?.(pieces[0]!) ?? pieces[0]!
}

function widest(lines: readonly string[], start: number, stop: number): number {
  let width = 0
  for (let at = start; at < stop && width <= WIDEST; at++) width = Math.max(width, columnsOf(lines[at]!))
  return width
}

/** Columns that a line takes on a terminal: a tab goes on to the next multiple of eight. */
function columnsOf(line: string): number {
  if (!line.includes('\t')) return line.length
  let columns = 0
  for (const char of line) columns += char === '\t' ? 8 - (columns % 8) : 1
  return columns
}

/** Broken statements; half a rule that goes on nowhere is marked where it stands. */
function groupsIn(lines: string[], start: number, stop: number, width: number): Group[] {
  const groups: Group[] = []
  let form: Form | null = null
  for (let at = start; at < stop; at++) {
    form = formOf(lines[at]!, form)
    if (!form || lines[at]!.trim() === '' || !FORMS[form].opens(lines[at]!)) continue
    let end = at + 1
    while (end < stop && end - at < MOST_PIECES && isFull(form, lines[end - 1]!, width) && goesOn(form, lines[end]!))
      end++
    if (end > at + 1) groups.push({ form, at, pieces: lines.slice(at, end) })
    else if (form === 'save' && isBroken(lines, at, stop)) lines[at] = FORMS.save.cut!(lines[at]!)
    at = end - 1
  }
  return groups
}

/** Half a rule that something else follows, whatever the width: what it leads to is not in the line. */
function isBroken(lines: readonly string[], at: number, stop: number): boolean {
  const next = at + 1 < stop ? lines[at + 1]! : ''
  return goesOn('save', next) && !MARKUP.test(next) && !FORMS.save.reads(lines[at]!)
}

/** `{code}`, `----`, `</pre>`: what ends a quotation. */
const MARKUP = /^\s*(?:\W*|\{.*\}|<.*>)\s*$/

/** As wide as the terminal, but for blanks that copying took away. */
const isFull = (form: Form, line: string, width: number): boolean => columnsOf(line) >= width - FORMS[form].blanks

const goesOn = (form: Form, line: string): boolean => line.trim() !== '' && !FORMS[form].begins(line)

/**
 * The width by which alone statements can be read that are none in parts; where each is one before it is joined, too, that by which alone several can be
 * read: prose does not follow twice upon the widest line. Null where nothing tells.
 */
function toldBy(groups: readonly Group[], width: number): number | null {
  const fitting = groups.map((group) => ({ ...group, widths: readable(group, width) }))
  const halves = fitting.filter(({ form, pieces, widths }) => widths.length === 1 && !FORMS[form].reads(pieces[0]!))
  const votes = new Set(halves.flatMap(({ widths }) => widths))
  if (votes.size > 0) return votes.size === 1 ? [...votes][0]! : null
  const common = [width, width + 1].filter((one) => fitting.every(({ widths }) => widths.includes(one)))
  return groups.length > 1 && common.length === 1 ? common[0]! : null
}

const readable = ({ form, pieces }: Group, width: number): number[] =>
  widthsFor(form, pieces, width).filter((one) => FORMS[form].reads(joined(pieces, one)))

function settle(lines: string[], { form, at, pieces }: Group, width: number, told: number | null): void {
  const whole = textOf({ form, pieces }, width, told)
  if (whole !== null) lines[at] = whole
  else return
  for (let i = 1; i < pieces.length; i++) lines[at + i] = ''
}

/** What the lines are together, or the first with a mark that its end is not known; null where they are to stay as they are. */
function textOf({ form, pieces }: Omit<Group, 'at'>, width: number, told: number | null): string | null {
  const { reads, mayBe, cut } = FORMS[form]
  const isWhole = reads(pieces[0]!)
  const texts = widthsFor(form, pieces, width)
    .filter((one) => told === null || one === told)
    .map((one) => joined(pieces, one))
  const [only, ...others] = texts.filter(reads)
  if (told !== null && only !== undefined) return only
  if (told !== null && !isWhole && texts[0] !== undefined && mayBe(texts[0])) return texts[0]
  if (only !== undefined && others.length === 0 && !isWhole) return only
  return (only === undefined && isWhole) || cut === null ? null : cut(pieces[0]!)
}

/** That of the longest line, or one more where a blank was taken away from each that was broken. A line that is longer than that was not broken by it. */
const widthsFor = (form: Form, pieces: readonly string[], width: number): number[] =>
  [width, width + 1].filter((one) =>
    pieces
      .slice(0, -1)
      .map(columnsOf)
      .every((columns) => columns >= one - FORMS[form].blanks && columns <= one),
  )

const joined = (pieces: readonly string[], width: number): string =>
  pieces.map((piece, i) => (i < pieces.length - 1 ? piece + ' '.repeat(width - columnsOf(piece)) : piece)).join('')
