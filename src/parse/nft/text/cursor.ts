import type { Token } from './lexer.ts'

/** Thrown where tokens are none that nft prints; whoever reads statements catches it and keeps the text. */
export class Unreadable extends Error {}

/** Nesting that is still read. nft's own output nests a few deep. */
const MOST_DEPTH = 50

/** Walks over the tokens of one statement or element. */
export class Cursor {
  readonly #tokens: readonly Token[]
  #depth = 0
  at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get done(): boolean {
    return this.at >= this.#tokens.length
  }

  /** A token ahead; undefined behind the last one. */
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.at + ahead]
  }

  next(): Token {
    const token = this.#tokens[this.at]
    if (!token) throw new Unreadable()
    this.at++
    return token
  }

  /** Is the next token that word or sign? A quoted string is neither. */
  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token?.text === text && (token.kind === 'word' || token.kind === 'sign')
  }

  /** Takes the next token if it is that word or sign. */
  take(text: string): boolean {
    const taken = this.is(text)
    if (taken) this.at++
    return taken
  }

  expect(text: string): void {
    if (!this.take(text)) throw new Unreadable()
  }

  /** A word or a quoted string. */
  name(): string {
    const { kind, text } = this.next()
    if (kind !== 'word' && kind !== 'string') throw new Unreadable()
    return text
  }

  number(): number {
    const { kind, text } = this.next()
    if (kind !== 'word' || !/^\d+$/.test(text)) throw new Unreadable()
    return Number(text)
  }

  /** Reads something that may hold its own kind again. */
  nested<T>(read: () => T): T {
    if (this.#depth >= MOST_DEPTH) throw new Unreadable()
    this.#depth++
    try {
      return read()
    } finally {
      this.#depth--
    }
  }
}
