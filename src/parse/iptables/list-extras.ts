import type { Context, Form } from './list-form.ts'
import { option } from './list-form.ts'
import { matchForm } from './list-matches.ts'
import { targetForm } from './list-targets.ts'
import type { Option } from './option.ts'

/** What stands behind the destination column of a rule. */
export interface Extras {
  /** Comments and matches, each `-m` followed by its options, as they stand. */
  matches: Option[]
  targetOptions: Option[]
  /** Text that no match or target is known to print. */
  unknown: string[]
  goto: boolean
  /** The line ends inside a comment. */
  cut: boolean
}

/**
 * Reads what the matches and the target of a rule print, one after the other, in free text. A stretch that is not
 * understood goes to `unknown` as one piece, and reading goes on behind it.
 */
export function readExtras(text: string, context: Context): Extras {
  const extras: Extras = { matches: [], targetOptions: [], unknown: [], goto: false, cut: false }
  let unknownFrom: number | null = null
  const endUnknown = (at: number) => {
    if (unknownFrom !== null) extras.unknown.push(text.slice(unknownFrom, at).trimEnd())
    unknownFrom = null
  }
  let at = nextWord(text, 0)
  while (at < text.length) {
    const end = readPiece(text, at, context, extras)
    if (end !== null) endUnknown(at)
    else unknownFrom ??= at
    at = nextWord(text, end ?? endOfWord(text, at))
  }
  endUnknown(at)
  return extras
}

/** Adds the piece at `at` to the extras and returns where it ends; null where it is not understood. */
function readPiece(text: string, at: number, context: Context, extras: Extras): number | null {
  if (text.startsWith('[goto]', at)) {
    extras.goto = true
    return at + '[goto]'.length
  }
  if (text.startsWith('/*', at)) {
    const end = commentEnd(text, at, context)
    if (end === null) {
      extras.cut = true
      extras.unknown.push(text.slice(at))
      return text.length
    }
    extras.matches.push(option('-m', ['comment']), option('--comment', [text.slice(at + 3, end - 3)]))
    return end
  }
  const ofTarget = exec(targetForm(context.target), text, at)
  if (ofTarget) {
    extras.targetOptions.push(...ofTarget.form.read(ofTarget.groups, context))
    return ofTarget.end
  }
  const ofMatch = exec(matchForm(text, at), text, at)
  if (!ofMatch) return null
  extras.matches.push(...ofMatch.form.read(ofMatch.groups, context))
  return ofMatch.end
}

/**
 * Where the comment at `at` ends: behind the first ` *\/` that is followed by nothing or by something that is
 * understood, since a comment may hold that sign itself; else behind the first. Null where there is none.
 */
function commentEnd(text: string, at: number, context: Context): number | null {
  const ends: number[] = []
  // xt_comment holds at most 255 bytes.
  for (let end = text.indexOf(' */', at + 3); end >= 0 && end <= at + 3 + 255; end = text.indexOf(' */', end + 3)) {
    ends.push(end + 3)
  }
  return ends.find((end) => isPieceEnd(text, end, context)) ?? ends[0] ?? null
}

function isPieceEnd(text: string, end: number, context: Context): boolean {
  const next = nextWord(text, end)
  if (next === text.length) return true
  if (next === end) return false
  const understood = text.startsWith('/* ', next) || exec(targetForm(context.target), text, next)
  return Boolean(understood || exec(matchForm(text, next), text, next))
}

function exec(form: Form | undefined, text: string, at: number) {
  if (!form) return null
  form.pattern.lastIndex = at
  const found = form.pattern.exec(text)
  return found && { form, groups: found.groups ?? {}, end: at + found[0].length }
}

function nextWord(text: string, at: number): number {
  GAP.lastIndex = at
  return GAP.test(text) ? GAP.lastIndex : at
}

function endOfWord(text: string, at: number): number {
  WORD.lastIndex = at
  return WORD.test(text) ? WORD.lastIndex : at + 1
}

const GAP = /\s+/y
const WORD = /\S+/y
