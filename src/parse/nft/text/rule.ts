import type { TableFamily } from '../../../model/rules.ts'
import { entryOf, type Json } from '../objects.ts'
import { Cursor, Unreadable } from './cursor.ts'
import type { Token } from './lexer.ts'
import { readStatement } from './statement.ts'

/** A rule of a text listing as libnftables-json(5) has it. A statement that cannot be read stands as its text. */
export interface RuleContent {
  expr: Json[]
  comment: string | null
  handle: number | null
}

/** Reads the tokens of one rule; `text` is the listing that they stand in. */
export function readRule(tokens: readonly Token[], text: string, family: TableFamily): RuleContent {
  const rule: RuleContent = { expr: [], comment: null, handle: null }
  const cursor = new Cursor(tokens)
  let unread = 0
  while (!cursor.done) {
    const token = cursor.peek()!
    const handle = token.kind === 'comment' ? handleOf(token) : null
    if (handle !== null) {
      rule.handle = handle
      cursor.next()
    } else if (cursor.is('comment') && cursor.peek(1)?.kind === 'string') {
      cursor.next()
      rule.comment = cursor.name()
    } else {
      const statement = unread < MOST_UNREAD ? tryStatement(cursor, family) : null
      if (statement === null) unread++
      rule.expr.push(statement ?? takeUnread(cursor, tokens, text, unread))
      if (entryOf(statement ?? '')?.[0] === 'counter' && isFollowedByNothing(cursor, tokens, text))
        rule.expr.push(NOTHING)
    }
  }
  return rule
}

/** What stands for a statement that nft printed nothing of. */
export const NOTHING = '(a statement that nft did not print)'

/**
 * nft 1.0.6 at times prints nothing of a target of iptables, but for the blank before it: so the captures have it, and
 * its xt.c returns without a word where libxtables has no such extension. A rule of iptables' has its target behind its
 * counter.
 */
function isFollowedByNothing(cursor: Cursor, tokens: readonly Token[], text: string): boolean {
  const next = cursor.peek()
  const { end } = tokens[cursor.at - 1]!
  if (!next) return text[end] === ' '
  return (next.kind === 'comment' || cursor.is('comment')) && next.start - end > 1
}

/** `# handle 12`; null for any other comment. */
export function handleOf(token: Token): number | null {
  const handle = /^(?:.* )?handle (\d{1,15})$/.exec(token.text)
  return handle ? Number(handle[1]) : null
}

/** Statements that cannot be read, after which the rest of a rule is not tried: each try may run to its end. */
const MOST_UNREAD = 10

/** The next statement; null, with the cursor where it was, where it cannot be read. */
function tryStatement(cursor: Cursor, family: TableFamily): Json | null {
  const start = cursor.at
  try {
    return readStatement(cursor, family)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    cursor.at = start
    return null
  }
}

function takeUnread(cursor: Cursor, tokens: readonly Token[], text: string, unread: number): string {
  const start = cursor.at
  cursor.at = unread < MOST_UNREAD ? endOfUnread(tokens, start) : tokens.length
  return sourceOf(tokens.slice(start, cursor.at), text)
}

/** The text of tokens, on one line. */
export function sourceOf(tokens: readonly Token[], text: string): string {
  const [first, last] = [tokens[0]!, tokens.at(-1)!]
  const lines = text.slice(first.start, last.end).split('\n')
  return lines.map((line) => line.trim()).join(' ')
}

/**
 * Where reading may go on after a statement that cannot be read: at a word that only begins a statement. Words that
 * begin a test, such as `ip`, may as well be a part of what was not understood.
 */
function endOfUnread(tokens: readonly Token[], start: number): number {
  let depth = 0
  for (let i = start; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!
    if (kind === 'sign' && (text === '{' || text === '(')) depth++
    else if (kind === 'sign' && (text === '}' || text === ')')) depth--
    else if (i > start && depth <= 0 && (kind === 'comment' || (kind === 'word' && BEGINNINGS.has(text)))) return i
  }
  return tokens.length
}

const BEGINNINGS = new Set(
  'accept drop continue return jump goto queue counter log reject dnat snat masquerade redirect notrack comment'.split(
    ' ',
  ),
)
