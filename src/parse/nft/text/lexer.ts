import { skip } from '../scan.ts'

/** What nft's listings are made of. `broken`: a quoted string that does not end on its line. */
export interface Token {
  kind: 'word' | 'string' | 'broken' | 'sign' | 'comment' | 'newline' | 'end'
  /** As it stands; a string's text without its quotes, a comment's without `#`. */
  text: string
  /** 1-based. */
  line: number
  start: number
  end: number
}

/**
 * Takes a listing apart, one token at a time. A word is whatever stands between blanks and signs: an address, a range
 * `80-90`, a prefix, `10.0.0.1:80`, a chain's name with its slashes.
 */
export class Lexer {
  readonly text: string
  #at = 0
  #line = 1
  /** The end of the line that was last asked for. */
  #lineEnd = -1
  #next: Token | null = null

  constructor(text: string) {
    this.text = text
  }

  /** The token that next() will give. */
  peek(): Token {
    this.#next ??= this.#read()
    return this.#next
  }

  /** Behind the last one stands an endless row of `end`. */
  next(): Token {
    const token = this.peek()
    this.#next = null
    return token
  }

  #read(): Token {
    this.#at = skip(BLANKS, this.text, this.#at)
    const start = this.#at
    const character = this.text[start]
    if (character === undefined) return this.#token('end', start)
    if (character === '\n') {
      const token = this.#token('newline', start + 1)
      this.#line++
      return token
    }
    if (character === '#') return this.#comment()
    if (character === '"') return this.#string()
    if (SIGN.test(character)) return this.#token('sign', start + (TWO.has(this.text.slice(start, start + 2)) ? 2 : 1))
    // A word of a header's bytes, `@th,16,16`, has commas.
    const raw = character === '@' ? skip(RAW, this.text, start) : start
    return this.#token('word', raw > start ? raw : skip(WORD, this.text, start))
  }

  #string(): Token {
    const end = skip(STRING, this.text, this.#at)
    if (end === this.#at) return this.#token('broken', this.#endOfLine())
    const token = this.#token('string', end)
    return { ...token, text: token.text.slice(1, -1) }
  }

  /**
   * nft up to 1.0.5 printed a match of iptables that it has no words for as `# recent: CHECK …`, within the rule. So a
   * comment ends where the rule's counter begins.
   */
  #comment(): Token {
    const end = this.#endOfLine()
    const near = this.text.slice(this.#at, Math.min(end, this.#at + LONGEST_COMMENT))
    const counter = near.indexOf(' counter packets ')
    const token = this.#token('comment', counter < 0 ? end : this.#at + counter)
    return { ...token, text: token.text.slice(1).trim() }
  }

  #endOfLine(): number {
    if (this.#at > this.#lineEnd) this.#lineEnd = skip(REST_OF_LINE, this.text, this.#at)
    return this.#lineEnd
  }

  #token(kind: Token['kind'], end: number): Token {
    const start = this.#at
    this.#at = end
    return { kind, text: this.text.slice(start, end), line: this.#line, start, end }
  }
}

const LONGEST_COMMENT = 4096

const BLANKS = /[^\S\n]+/y
const WORD = /[^\s{}();,"=<>!&|^]+/y
const RAW = /@(?:ll|nh|th|ih),\d+,\d+/y
const STRING = /"[^"\n]*"/y
const REST_OF_LINE = /[^\n]*/y
const SIGN = /[{}();,=<>!&|^]/
const TWO = new Set(['==', '!=', '<=', '>=', '<<', '>>'])
