import type { ProblemLog } from '../../parsed.ts'
import { quote } from '../../parsed.ts'
import type { Json } from '../objects.ts'
import { isBetween, isSign, takeStatement } from './blocks.ts'
import { Cursor, Unreadable } from './cursor.ts'
import { readElement } from './elements.ts'
import { readKey } from './expression.ts'
import type { Lexer, Token } from './lexer.ts'
import { oneOrAll, secondsOf } from './literal.ts'
import { sourceOf } from './rule.ts'
import { readState } from './state.ts'

/**
 * Reads the body of a set or map behind its opening brace, with the closing one. Null where the text ends in it: of a
 * set whose elements are not all there, nothing can be said.
 */
export function readSetBody(lexer: Lexer, problems: ProblemLog): Record<string, Json> | null {
  const set: Record<string, Json> = {}
  for (;;) {
    const token = lexer.peek()
    if (token.kind === 'end') return null
    if (isBetween(token) || token.kind === 'comment') lexer.next()
    else if (isSign(token, '}')) {
      lexer.next()
      return set
    } else if (token.kind === 'word' && token.text === 'elements') {
      const elements = readElements(lexer)
      if (!elements) return null
      set.elem = elements
    } else {
      const { tokens, cut } = takeStatement(lexer)
      if (cut) return null
      try {
        Object.assign(set, readProperty(new Cursor(tokens.filter(({ kind }) => kind !== 'comment'))))
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error
        problems.add(token.line, `this is not understood of a set: ${quote(sourceOf(tokens, lexer.text))}`)
      }
    }
  }
}

/** `elements = { … }`, one after the other; an element that cannot be read stands as its text. Null where it is cut off. */
function readElements(lexer: Lexer): Json[] | null {
  while (!isSign(lexer.peek(), '{')) {
    if (lexer.peek().kind === 'end' || lexer.peek().kind === 'newline') return null
    lexer.next()
  }
  lexer.next()
  const elements: Json[] = []
  for (;;) {
    const { tokens, end } = takeElement(lexer)
    if (tokens.length > 0 && end.kind !== 'end') elements.push(readOne(tokens, lexer.text))
    if (end.kind === 'end') return null
    if (isSign(end, '}')) return elements
  }
}

function takeElement(lexer: Lexer): { tokens: Token[]; end: Token } {
  const tokens: Token[] = []
  for (;;) {
    const token = lexer.next()
    if (token.kind === 'end' || isSign(token, ',') || isSign(token, '}')) return { tokens, end: token }
    if (token.kind !== 'newline' && token.kind !== 'comment') tokens.push(token)
  }
}

function readOne(tokens: readonly Token[], text: string): Json {
  try {
    const cursor = new Cursor(tokens)
    const element = readElement(cursor)
    if (cursor.done) return element
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
  }
  return sourceOf(tokens, text)
}

/** One line of a set's head. */
function readProperty(cursor: Cursor): Record<string, Json> {
  const name = cursor.peek()?.text ?? ''
  if (cursor.take('type')) return readTypes(cursor)
  if (cursor.take('typeof')) return readTypesOf(cursor)
  if (cursor.take('flags')) return { flags: readFlags(cursor) }
  if (cursor.take('size')) return { size: cursor.number() }
  if (cursor.take('auto-merge')) return { 'auto-merge': true }
  if (name === 'comment' || name === 'policy') return { [cursor.name()]: cursor.name() }
  if (name === 'timeout' || name === 'gc-interval') {
    cursor.next()
    return { [name]: secondsOf(cursor.name()) ?? 0 }
  }
  const stmt: Json[] = []
  for (let state = readState(cursor); state; state = readState(cursor)) stmt.push(state)
  if (stmt.length === 0 || !cursor.done) throw new Unreadable()
  return { stmt }
}

/** `type ipv4_addr . inet_service : verdict` */
function readTypes(cursor: Cursor): Record<string, Json> {
  const type = [cursor.name()]
  while (cursor.take('.')) type.push(cursor.name())
  if (!cursor.take(':')) return { type: oneOrAll(type) }
  cursor.take('interval')
  const map = [cursor.name()]
  while (cursor.take('.')) map.push(cursor.name())
  return { type: oneOrAll(type), map: oneOrAll(map) }
}

/** `typeof ip saddr . tcp dport : verdict` */
function readTypesOf(cursor: Cursor): Record<string, Json> {
  const type = { typeof: readKey(cursor) }
  if (!cursor.take(':')) return { type }
  cursor.take('interval')
  return { type, map: cursor.is('verdict') ? cursor.name() : { typeof: readKey(cursor) } }
}

function readFlags(cursor: Cursor): string[] {
  const flags = [cursor.name()]
  while (cursor.take(',')) flags.push(cursor.name())
  return flags
}
