import type { TableFamily } from '../../model/rules.ts'
import { isElided, LEFT_OUT } from '../elided.ts'
import { ProblemLog, quote } from '../parsed.ts'
import { type Item, type Json, type NftRuleset, noteGap } from './objects.ts'
import { buildRuleset } from './ruleset.ts'
import { isBetween, isSign, readHook, skipBlock, takeStatement } from './text/blocks.ts'
import { Unreadable } from './text/cursor.ts'
import { Lexer, type Token } from './text/lexer.ts'
import { handleOf, readRule, sourceOf } from './text/rule.ts'
import { readSetBody } from './text/set-block.ts'
import { STRAY_ELEMENT, strayElements } from './text/stray.ts'

/**
 * Reads the output of `nft list ruleset`, also with handles (`-a`) or numbers (`-n`), of narrower listings, and of
 * several of them one after the other, by making of it the objects that nft's JSON would have. Of named counters,
 * quotas and the like only the names are kept. Never throws: lines that are no listing are problems, and a statement
 * that cannot be read stands in its rule as text.
 */
export function parseNftText(text: string, file: string): NftRuleset {
  const problems = new ProblemLog(file)
  const items = new Listing(new Lexer(text), problems).read()
  return buildRuleset(items, problems, file, 'nft list ruleset')
}

/** The table that a block stands in. */
interface Place {
  family: TableFamily
  table: string
}

/** Chains in chains, as `jump { … }` makes them, that are still read. */
const MOST_DEPTH = 20

class Listing {
  readonly #lexer: Lexer
  readonly #problems: ProblemLog
  readonly #items: Item[] = []
  /** Rules follow all else of their table, as in nft's JSON: they refer to its chains and sets. */
  #rules: Item[] = []
  #tables = 0
  /** Tables of which one object is printed, or sets alone: all that they hold, or what somebody asked for. */
  #single: Item[] = []
  #hasWholeTable = false
  /** The table that is read. */
  #table: Item | null = null
  #anonymous = 0
  /** Elements without their maps, by family and map. */
  readonly #strays = new Map<string, Json[]>()
  #depth = 0

  constructor(lexer: Lexer, problems: ProblemLog) {
    this.#lexer = lexer
    this.#problems = problems
  }

  read(): Item[] {
    for (;;) {
      const token = this.#lexer.peek()
      if (token.kind === 'end') break
      if (this.#takeElided(token)) continue
      if (isBetween(token) || token.kind === 'comment') this.#lexer.next()
      else if (isWord(token, 'table')) this.#readTable()
      else if (isWord(token, 'chain') || isWord(token, 'set') || isWord(token, 'map')) this.#readOutside(token)
      else if (!this.#takeStray(token)) this.#skipJunk()
    }
    this.#flushRules()
    // `list chain` and `list set` print one object within its table's braces.
    if (!this.#hasWholeTable)
      for (const table of this.#single) noteGap(table, 'fragment', null, 'one object of the table')
    return this.#items
  }

  /** `table ip nat {`; a list of tables has the names alone. */
  #readTable(): void {
    this.#flushRules()
    this.#tables++
    const head = this.#takeHead()
    const [first, second] = head.names
    const place = { family: (second === undefined ? 'ip' : first) as TableFamily, table: second ?? first ?? '' }
    const item = this.#add('table', { family: place.family, name: place.table, ...head.handle }, head.token)
    this.#table = item
    if (head.opened) this.#readTableBody(place, item)
    else noteGap(item, 'fragment', null, 'the name of the table alone')
    this.#table = null
    this.#flushRules()
  }

  #readTableBody(place: Place, item: Item): void {
    const table = item.object.table as Record<string, Json>
    const kinds: string[] = []
    for (;;) {
      const token = this.#lexer.peek()
      if (token.kind === 'end' || isWord(token, 'table')) {
        this.#problems.addCut(token.line, `the table ${place.table} is cut off here`)
        return noteGap(item, 'cutOff', token.line, 'the table does not end')
      }
      if (this.#takeElided(token)) continue
      if (isBetween(token) || token.kind === 'comment') this.#lexer.next()
      else if (isSign(token, '}')) {
        this.#lexer.next()
        break
      } else if (isWord(token, 'comment') || isWord(token, 'flags')) {
        const { tokens } = takeStatement(this.#lexer)
        const words = tokens.slice(1).filter(({ kind }) => kind === 'word' || kind === 'string')
        const texts = words.map(({ text }) => text)
        if (token.text === 'flags') table.flags = texts
        else if (texts.length === 1) table.comment = texts[0]!
      } else if (!this.#takeStray(token)) kinds.push(this.#readObject(place))
    }
    if (kinds.length === 1 || (kinds.length > 0 && !kinds.includes('chain'))) this.#single.push(item)
    else if (kinds.length > 0) this.#hasWholeTable = true
  }

  /** Takes a line that stands for others which somebody left out. */
  #takeElided(token: Token): boolean {
    if (token.kind !== 'comment' && !MARK.test(token.text)) return false
    const end = this.#lexer.text.indexOf('\n', token.start)
    const line = this.#lexer.text.slice(token.start, end < 0 ? undefined : end)
    if (!isElided(line)) return false
    while (this.#lexer.peek().kind !== 'newline' && this.#lexer.peek().kind !== 'end') this.#lexer.next()
    this.#problems.add(token.line, LEFT_OUT)
    if (this.#table) noteGap(this.#table, 'elided', token.line, line)
    return true
  }

  /** Takes elements of kube-proxy's maps that stand without their map: others may be missing. */
  #takeStray(token: Token): boolean {
    if (!this.#isStray(token)) return false
    const tokens: Token[] = []
    while (!['newline', 'end', 'comment'].includes(this.#lexer.peek().kind)) tokens.push(this.#lexer.next())
    for (const { family, map, type, element } of strayElements(tokens)) {
      const key = `${family} ${map}`
      const known = this.#strays.get(key)
      if (known) known.push(element)
      else {
        const elem: Json[] = [element]
        this.#strays.set(key, elem)
        const place = { family, table: 'kube-proxy' }
        this.#add('map', { ...place, name: map, type, map: 'verdict', elem, partial: true }, token)
      }
    }
    return true
  }

  #isStray({ kind, start }: Token): boolean {
    if (kind !== 'word') return false
    const end = this.#lexer.text.indexOf('\n', start)
    return STRAY_ELEMENT.test(this.#lexer.text.slice(start, end < 0 ? start + 2_000 : Math.min(end, start + 2_000)))
  }

  /** What was copied without its table, which its name may tell. */
  #readOutside(token: Token): void {
    const line = this.#lexer.text.slice(token.start, token.start + 300).split('\n')[0]!
    const table = tableOf(/^\S+ (\S+)/.exec(line)?.[1] ?? '')
    if (table === '') this.#problems.add(token.line, `this stands outside of a table: ${quote(token.text)}`)
    const six = /\bip6 [sd]addr\b|\bipv6_addr\b/.test(this.#lexer.text)
    this.#readObject({ family: table === '' ? 'inet' : six ? 'ip6' : 'ip', table })
  }

  /** Reads a chain, set, map or another named object, and tells its kind. */
  #readObject(place: Place): string {
    const { kind, names, handle, opened, token } = this.#takeHead()
    const content = { ...place, name: names.at(-1) ?? '', ...handle }
    if (!opened) this.#problems.add(token.line, `this is no listing of nft: ${quote(kind)}`)
    else if (kind === 'chain') this.#readChain(place, content, token)
    else if (kind === 'set' || kind === 'map' || kind === 'meter') this.#readSet(kind, content, token)
    else {
      this.#add([kind, ...names.slice(0, -1)].join(' '), content, token)
      skipBlock(this.#lexer)
    }
    return kind
  }

  #readSet(kind: string, content: Record<string, Json>, token: Token): void {
    const body = readSetBody(this.#lexer, this.#problems)
    if (body) this.#add(kind, { ...content, ...body }, token)
    else this.#problems.addCut(token.line, `the ${kind} ${content.name} is cut off`)
  }

  #readChain(place: Place, content: Record<string, Json>, token: Token): void {
    this.#add('chain', content, token)
    this.#readChainBody(place, content)
  }

  /** Reads the rules behind a chain's opening brace, with the closing one. */
  #readChainBody(place: Place, chain: Record<string, Json>): void {
    for (;;) {
      const token = this.#lexer.peek()
      if (token.kind === 'end' || isWord(token, 'table') || isWord(token, 'chain') || this.#isStray(token)) {
        this.#problems.addCut(token.line, `the chain ${chain.name} is cut off here`)
        if (this.#table) noteGap(this.#table, 'cutOff', token.line, `the chain ${chain.name} does not end`)
        return
      }
      if (isBetween(token)) this.#lexer.next()
      else if (isSign(token, '}')) {
        this.#lexer.next()
        return
      } else if (!this.#takeElided(token)) this.#readChainStatement(place, chain)
    }
  }

  #readChainStatement(place: Place, chain: Record<string, Json>): void {
    const { tokens, cut } = takeStatement(this.#lexer, (before) => this.#readAnonymous(place, before))
    const [first, second] = tokens
    if (cut) {
      const text = quote(sourceOf(tokens, this.#lexer.text))
      this.#problems.addCut(first!.line, `this rule is cut off, and left out: ${text}`)
    } else if (isWord(first!, 'type')) this.#readBase(place, chain, tokens)
    else if (isWord(first!, 'policy') && second) chain.policy = second.text
    else if (isWord(first!, 'comment') && tokens.length === 2) chain.comment = second!.text
    else if (isWord(first!, 'flags') && tokens.length === 2) chain.flags = second!.text
    else if (tokens.some(({ kind }) => kind !== 'comment')) this.#addRule(place, chain, tokens)
  }

  #readBase(place: Place, chain: Record<string, Json>, tokens: Token[]): void {
    try {
      Object.assign(chain, readHook(tokens, place.family))
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      this.#problems.add(tokens[0]!.line, `this hook is not understood: ${quote(sourceOf(tokens, this.#lexer.text))}`)
    }
  }

  #addRule(place: Place, chain: Record<string, Json>, tokens: Token[]): void {
    const { text } = this.#lexer
    const { expr, comment, handle } = readRule(tokens, text, place.family)
    const own = tokens.at(-1)!.kind === 'comment' && handle !== null ? tokens.slice(0, -1) : tokens
    const extras = { ...(handle === null ? {} : { handle }), ...(comment === null ? {} : { comment }) }
    const object = { rule: { ...place, chain: chain.name ?? '', ...extras, expr } }
    const line = tokens[0]!.line
    this.#rules.push({ object, line, text: sourceOf(own, text), listing: this.#tables, whole: true })
  }

  /** `jump { … }`: a chain without a name gets one, as in the kernel. */
  #readAnonymous(place: Place, before: Token[]): Token | null {
    const verdict = before.at(-1)
    if (!verdict || !(isWord(verdict, 'jump') || isWord(verdict, 'goto')) || this.#depth >= MOST_DEPTH) return null
    const token = this.#lexer.next()
    const chain: Record<string, Json> = { ...place, name: `__chain${this.#anonymous++}` }
    this.#add('chain', chain, token)
    this.#depth++
    this.#readChainBody(place, chain)
    this.#depth--
    return { ...token, kind: 'word', text: chain.name as string, end: this.#lexer.peek().start }
  }

  /** `KIND WORD… {` with a handle behind the brace; an object of two words, as `ct helper`, has one name more. */
  #takeHead(): { kind: string; names: string[]; handle: { handle?: number }; opened: boolean; token: Token } {
    const token = this.#lexer.next()
    const names: string[] = []
    while (this.#lexer.peek().kind === 'word' || this.#lexer.peek().kind === 'string')
      names.push(this.#lexer.next().text)
    const opened = isSign(this.#lexer.peek(), '{')
    if (opened) this.#lexer.next()
    const number = this.#lexer.peek().kind === 'comment' ? handleOf(this.#lexer.next()) : null
    return { kind: token.text, names, handle: number === null ? {} : { handle: number }, opened, token }
  }

  #skipJunk(): void {
    const first = this.#lexer.next()
    let end = first.end
    while (this.#lexer.peek().kind !== 'newline' && this.#lexer.peek().kind !== 'end') end = this.#lexer.next().end
    const text = this.#lexer.text.slice(first.start, Math.min(end, first.start + 200))
    this.#problems.add(first.line, `this is no listing of nft: ${quote(text)}`)
  }

  #add(kind: string, content: Record<string, Json>, token: Token): Item {
    const item: Item = { object: { [kind]: content }, line: token.line, text: null, listing: this.#tables, whole: true }
    this.#items.push(item)
    return item
  }

  #flushRules(): void {
    for (const rule of this.#rules) this.#items.push(rule)
    this.#rules = []
  }
}

/** How a line begins that may stand for others. */
const MARK = /^(?:[.…⋮<([*:~-]|snip|omit|trunc|elid|skip)/i

/** The table that kube-proxy has a chain, set or map of this name in; '' for any other name. */
function tableOf(name: string): string {
  if (/^(?:service|external|local|firewall|endpoint|affinity)-[A-Z2-7]{8}-/.test(name)) return 'kube-proxy'
  if (NATIVE_NAMES.has(name)) return 'kube-proxy'
  return /^KUBE-(?:SERVICES|NODEPORTS|POSTROUTING|MARK-MASQ|(?:SVC|SEP|SVL|EXT|FW|XLB)-.+)$/.test(name) ? 'nat' : ''
}

const NATIVE_NAMES = new Set(
  (
    'services service-ips service-nodeports no-endpoint-services no-endpoint-nodeports firewall-ips cluster-ips nodeport-ips ' +
    'nat-prerouting nat-output nat-postrouting filter-prerouting filter-input filter-forward filter-output ' +
    'mark-for-masquerade masquerading service-endpoints-check firewall-check cluster-ips-check nodeport-endpoints-check'
  ).split(' '),
)

const isWord = (token: Token, word: string): boolean => token.kind === 'word' && token.text === word
