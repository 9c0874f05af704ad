/** From a text that somebody pasted to the outputs of tools that are in it. */
import type { TextKind } from '../recognise.ts'
import { blockAt } from './blocks.ts'
import { cleanLine, plainText } from './clean.ts'
import { type Command, readCommand } from './command.ts'
import { type Decoration, decorationsOf, diffMark, undecorate } from './decoration.ts'
import { unescapeLine } from './escaped.ts'
import { type Prompted, readPrompt } from './prompt.ts'
import { shapeOf } from './shape.ts'
import { joinWrapped } from './wrapped.ts'

/** What one command printed, or a piece of it. */
export interface Section {
  kind: TextKind
  /** Blank up to its first line, so that line numbers are those of the whole text. */
  text: string
  /** Of its first line, 1-based. */
  line: number
  /** The command that stands above it; null where none does. */
  command: Command | null
  /** The machine of the prompt above it; null where none names one. */
  host: string | null
  /** Says what the line numbers count, where it is not the lines of the text: `line 12`. */
  within: string | null
}

export interface Paste {
  sections: Section[]
  /** Commands that were met, with output that is known or without. */
  commands: Command[]
  /** Lines that are neither blank nor of a section, a prompt or a fence. */
  unused: number
  /** Not all of the text was looked at: it holds too many pieces. */
  full: boolean
}

/** Splits a text at prompts, fences and, between those, by what lines show of themselves. The work grows with the text's length alone. */
export function splitPaste(text: string): Paste {
  const lines = linesOf(plainText(text).split('\n'))
  const paste: Paste = { sections: [], commands: [], unused: 0, full: false }
  const budget = { blankLines: 8_000_000, unclosed: 10, fruitless: 200_000, prompts: 100_000 }
  splitLines(lines, { paste, budget, first: 1, inherited: NOTHING, isBare: true, within: null })
  return paste
}

/** The lines as they stand, and as they were before an editor made them prettier. Of objects of the API the former are read. */
interface Lines {
  raw: readonly string[]
  clean: string[]
}

const linesOf = (raw: readonly string[]): Lines => ({ raw, clean: raw.map(cleanLine) })

interface Context {
  command: Command | null
  host: string | null
}

const NOTHING: Context = { command: null, host: null }

interface Job {
  paste: Paste
  /** Blank lines that sections may begin with, pieces without an end, lines in vain and prompts that are looked through, all together. */
  budget: { blankLines: number; unclosed: number; fruitless: number; prompts: number }
  /** Line number of the first line. */
  first: number
  /** What stood above these lines. */
  inherited: Context
  /** May the lines have decorations? Not again where they were taken off. */
  isBare: boolean
  within: string | null
}

function splitLines(lines: Lines, job: Job): void {
  let context = job.inherited
  /** Of the machine that a shell was opened on, by ssh or kubectl debug. */
  let shell: Command['on'] | null = null
  let from = 0
  for (let at = 0; at <= lines.clean.length; at++) {
    const line = lines.clean[at]
    if (line === '') continue
    const prompt = line === undefined ? null : readPrompt(line)
    if (line !== undefined && !prompt && !FENCE.test(line)) continue
    splitRegion(lines, from, at, context, job)
    from = at + 1
    if (!prompt) continue
    // What follows would be taken for the output of a command that was not read.
    if (--job.budget.prompts < 0) {
      job.paste.full = true
      return
    }
    ;({ context, shell } = after(prompt, context, shell, job.paste))
  }
}

const FENCE = /^\s*(?:```|~~~)/

/** What a prompt and its command change. */
function after(
  prompt: Prompted,
  before: Context,
  shell: Command['on'] | null,
  paste: Paste,
): { context: Context; shell: Command['on'] | null } {
  if (prompt.command === '') return { context: { command: null, host: prompt.host ?? before.host }, shell }
  const command = readCommand(prompt.command)
  if (/^(?:exit|logout)\b/.test(prompt.command)) return { context: { command: null, host: prompt.host }, shell: null }
  paste.commands.push(command)
  if (command.isShell) return { context: { command: null, host: null }, shell: command.on }
  // A shell that was opened elsewhere goes on until its prompt names another machine, or none did from the beginning.
  const within =
    shell && command.on.kind === 'here' && (prompt.host === null || shell.kind !== 'node') ? shell : command.on
  const stays = prompt.host === null || shell?.kind !== 'node' ? shell : null
  return { context: { command: { ...command, on: within }, host: prompt.host ?? before.host }, shell: stays }
}

/** Lines between two prompts or fences. */
function splitRegion(lines: Lines, start: number, stop: number, context: Context, job: Job): void {
  joinWrapped(lines.clean, start, stop)
  let from = start
  let idle = start
  while (from < stop) {
    const shape = shapeOf(lines.clean[from]!)
    if (shape === null) {
      from++
      continue
    }
    const isObject = (shape === 'json' || shape === 'yaml') && shapeOf(lines.raw[from]!) === shape
    const read = isObject ? lines.raw : lines.clean
    const { kind, end } = blockAt(read, from, stop, shape)
    if (kind !== null) {
      leftOver(lines.clean, idle, from, context, job)
      addSection(read, from, end, kind, context, job)
      idle = end
    }
    // What does not end may have begun nothing: what follows is looked at again, but not again and again.
    from = kind === null && end === stop && --job.budget.unclosed >= 0 ? from + 1 : end
  }
  leftOver(lines.clean, idle, stop, context, job)
}

function addSection(
  lines: readonly string[],
  from: number,
  end: number,
  kind: TextKind,
  { command, host }: Context,
  { paste, budget, first, within }: Job,
): void {
  const before = first + from - 1
  budget.blankLines -= before
  if (budget.blankLines < 0 && paste.sections.length > 0) {
    paste.full = true
    return
  }
  const text = `${'\n'.repeat(before)}${lines.slice(from, end).join('\n')}\n`
  paste.sections.push({ kind, text, line: before + 1, command, host, within })
}

/** Lines that are of no shape as they stand: something may stand in front of each, or they are prose. */
function leftOver(lines: readonly string[], from: number, end: number, context: Context, job: Job): void {
  let at = from
  while (at < end) {
    const line = lines[at]!
    if (line === '') {
      at++
      continue
    }
    const inner = job.within === null ? unescapeLine(line) : null
    if (inner) {
      const number = job.first + at
      if (splitInner(inner, number, context, job)) {
        at++
        continue
      }
    }
    const row = job.isBare && job.budget.fruitless > 0 ? decorationsOf(line, isKnown) : null
    if (!row) {
      if (line.trim() !== '') {
        job.paste.unused++
        if (--job.budget.fruitless === 0) job.paste.full = true
      }
      at++
      continue
    }
    at = splitDecorated(lines, at, end, row, context, job)
  }
}

const isKnown = (line: string): boolean => shapeOf(line) !== null || readPrompt(line) !== null

/** The run of lines that have the same in front of them; returns where it ends. */
function splitDecorated(
  lines: readonly string[],
  from: number,
  stop: number,
  row: readonly Decoration[],
  context: Context,
  job: Job,
): number {
  const plain: string[] = []
  const onlyIndent = row.at(-1) === 'indent'
  const rest = onlyIndent ? row.slice(0, -1) : row
  let at = from
  for (; at < stop; at++) {
    const line = lines[at]!
    const bare = undecorate(line, rest)
    if (bare === null || (onlyIndent && bare.trim() !== '' && !/^\s/.test(bare))) break
    plain.push(bare)
  }
  const marks = lines.slice(from, at).map((line) => diffMark(line, row))
  // Of a diff the new side counts; lines that all begin with a dash are a list.
  const isDiff = marks.includes('+') || marks.includes('<')
  const kept = isDiff ? plain.map((line, i) => (/[<-]/.test(marks[i]!) ? '' : line)) : plain
  splitLines(linesOf(onlyIndent ? outdent(kept) : kept), {
    ...job,
    first: job.first + from,
    inherited: context,
    isBare: false,
  })
  return at
}

/** Takes away the indentation that all lines share. */
function outdent(lines: readonly string[]): string[] {
  let shared = Number.POSITIVE_INFINITY
  for (const line of lines) if (line.trim() !== '') shared = Math.min(shared, line.length - line.trimStart().length)
  return lines.map((line) => line.slice(Math.min(shared, line.length)))
}

/** A text that stands within one line, with `\n` for its line ends. False where nothing of it is known. */
function splitInner(text: string, line: number, context: Context, job: Job): boolean {
  const inner: Paste = { sections: [], commands: [], unused: 0, full: false }
  const within = `line ${line}`
  splitLines(linesOf(text.split('\n')), {
    paste: inner,
    budget: job.budget,
    first: 1,
    inherited: context,
    isBare: true,
    within,
  })
  if (inner.sections.length === 0) return false
  job.paste.sections.push(...inner.sections)
  job.paste.commands.push(...inner.commands)
  job.paste.unused += inner.unused
  return true
}
