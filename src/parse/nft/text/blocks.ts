import type { TableFamily } from '../../../model/rules.ts'
import type { Json } from '../objects.ts'
import { Cursor, Unreadable } from './cursor.ts'
import type { Lexer, Token } from './lexer.ts'
import { oneOrAll } from './literal.ts'

/** The tokens up to the end of a line, a semicolon or a closing brace; braces within may span lines. */
export interface Statement {
  tokens: Token[]
  /** The text ends within the statement. */
  cut: boolean
}

/** Takes one statement. The closing brace that ends it is left standing. */
export function takeStatement(lexer: Lexer, replace: (tokens: Token[]) => Token | null = () => null): Statement {
  const tokens: Token[] = []
  for (let depth = 0; ; ) {
    const token = lexer.peek()
    if (token.kind === 'end') return { tokens, cut: true }
    if (depth === 0 && endsStatement(token)) return { tokens, cut: false }
    const replacement = isSign(token, '{') ? replace(tokens) : null
    if (replacement) {
      tokens.push(replacement)
      continue
    }
    lexer.next()
    if (isSign(token, '{')) depth++
    if (isSign(token, '}')) depth--
    if (token.kind !== 'newline') tokens.push(token)
  }
}

export const isSign = (token: Token, sign: string): boolean => token.kind === 'sign' && token.text === sign

/** Does nothing but separate statements? */
export const isBetween = (token: Token): boolean => token.kind === 'newline' || isSign(token, ';')

const endsStatement = (token: Token): boolean => isBetween(token) || isSign(token, '}')

/** Leaves out a block behind its opening brace, with the closing one. */
export function skipBlock(lexer: Lexer): void {
  for (let depth = 1; ; ) {
    const token = lexer.next()
    if (isSign(token, '{')) depth++
    if (token.kind === 'end' || (isSign(token, '}') && --depth === 0)) return
  }
}

/** `type filter hook ingress device "eth0" priority dstnat - 10` as the fields of a chain. Throws Unreadable. */
export function readHook(tokens: readonly Token[], family: TableFamily): Record<string, Json> {
  const cursor = new Cursor(tokens)
  cursor.expect('type')
  const type = cursor.name()
  cursor.expect('hook')
  const hook = cursor.name()
  const devices: string[] = []
  while (!cursor.take('priority')) {
    const { kind, text } = cursor.next()
    if (kind !== 'sign' && text !== 'device' && text !== 'devices') devices.push(text)
  }
  const base = priorityOf(cursor.name(), family)
  const sign = cursor.take('+') ? 1 : cursor.take('-') ? -1 : 0
  const dev = devices.length > 0 ? { dev: oneOrAll(devices) } : {}
  return { type, hook, prio: base + (sign === 0 ? 0 : sign * cursor.number()), ...dev }
}

/** A number, or one of the names of nft(8), Standard priority names. */
function priorityOf(word: string, family: TableFamily): number {
  const priorities = family === 'bridge' ? BRIDGE_PRIORITIES : PRIORITIES
  const priority = priorities.get(word) ?? Number.parseInt(word, 10)
  if (Number.isNaN(priority)) throw new Unreadable()
  return priority
}

const PRIORITIES = new Map([
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100],
])

const BRIDGE_PRIORITIES = new Map([
  ['dstnat', -300],
  ['filter', -200],
  ['out', 100],
  ['srcnat', 300],
])
