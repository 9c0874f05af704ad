import { ProblemLog, quote } from '../parsed.ts'
import { asObject, type Item, type Json, type NftObject, type NftRuleset, noteGap } from './objects.ts'
import { buildRuleset } from './ruleset.ts'
import { skip } from './scan.ts'

/**
 * Reads the output of `nft -j list ruleset`, of narrower listings (`list table`, `list chain`, `list map`), and of
 * several of them one after the other. Never throws: an object that cannot be read is a problem, and where the text
 * ends too early the objects before the cut are kept.
 */
export function parseNftJson(text: string, file: string): NftRuleset {
  const problems = new ProblemLog(file)
  return buildRuleset(readItems(text, problems), problems, file, 'nft -j list ruleset')
}

/** The objects of every document. Elements are found by their brackets, so that a damaged one does not take the rest. */
function readItems(text: string, problems: ProblemLog): Item[] {
  const items: Item[] = []
  const lines = lineCounter(text)
  const documents = new Documents()
  let at = 0
  for (;;) {
    at = skip(BETWEEN, text, at)
    if (at >= text.length) break
    const line = lines(at)
    const inside = skip(DOCUMENT, text, at)
    if (inside > at) {
      documents.open(line)
      at = inside
    } else if (text[at] === ']') {
      documents.close()
      at++
    } else if (text[at] !== '{') {
      const junk = skip(JUNK, text, at)
      documents.spoil('elided', line)
      problems.add(line, `this is no JSON of nft: ${quote(text.slice(at, Math.min(junk, at + 200)))}`)
      at = junk
    } else {
      const { end, deepest } = endOfObject(text, at)
      if (end < 0) break
      const object = deepest > MOST_DEPTH ? null : readObject(text.slice(at, end))
      if (object) items.push(documents.note({ object, line, text: null, listing: documents.count, whole: true }))
      else {
        documents.spoil('elided', line)
        problems.add(line, `this object cannot be read: ${quote(text.slice(at, Math.min(end, at + 200)))}`)
      }
      at = end
    }
  }
  const cut = documents.finish(at < text.length)
  if (cut !== null) problems.addCut(lines(text.length), `the JSON that begins at line ${cut} is cut off here`)
  return items
}

/** nft nests about ten deep. */
const MOST_DEPTH = 100

/** What stands between objects; a document's own `[` and `}` are of no further interest. */
const BETWEEN = /[\s,[}\uFEFF]+/y
const DOCUMENT = /\{\s*"nftables"\s*:\s*\[/y
const JUNK = /[^{[\]}]+/y

/** The position after the object that begins at `at`, -1 where it does not end, and how deep it nests. */
function endOfObject(text: string, at: number): { end: number; deepest: number } {
  let depth = 0
  let deepest = 0
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      i = endOfString(text, i)
      if (i < 0) break
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > deepest) deepest = depth
    } else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --depth === 0) return { end: i + 1, deepest }
  }
  return { end: -1, deepest }
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [34, 92, 123, 125, 91, 93]

/** The position of the quote that ends the string which begins at `at`; -1 where there is none. */
function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
  }
  return -1
}

function readObject(text: string): NftObject | null {
  try {
    const object = asObject(JSON.parse(text) as Json)
    return object && Object.keys(object).length > 0 ? object : null
  } catch {
    return null
  }
}

/** Tells the line of positions that only grow. */
function lineCounter(text: string): (at: number) => number {
  let line = 1
  let newline = text.indexOf('\n')
  return (at) => {
    for (; newline >= 0 && newline < at; line++) newline = text.indexOf('\n', newline + 1)
    return line
  }
}

/** Keeps account of which tables are listed whole. */
class Documents {
  count = 0
  #begun: number | null = null
  #tables: Item[] = []
  /** A list of tables names them only. */
  #onlyTables = true

  open(line: number): void {
    this.#conclude()
    this.count++
    this.#begun = line
  }

  note(item: Item): Item {
    if ('table' in item.object) this.#tables.push(item)
    else if (!('metainfo' in item.object)) this.#onlyTables = false
    return item
  }

  /** Something that belongs to the latest table could not be read. */
  spoil(kind: 'elided' | 'cutOff', line: number | null): void {
    const table = this.#tables.at(-1)
    if (table) noteGap(table, kind, line, kind === 'cutOff' ? 'the JSON does not end' : 'an object that cannot be read')
  }

  close(): void {
    this.#conclude()
    this.#begun = null
  }

  /** Ends the last document, and tells the line where it began if it is cut off. */
  finish(inObject: boolean): number | null {
    const cut = this.#begun ?? (inObject ? 1 : null)
    if (cut !== null) this.spoil('cutOff', cut)
    this.#conclude()
    return cut
  }

  #conclude(): void {
    if (this.#onlyTables)
      for (const table of this.#tables) noteGap(table, 'fragment', null, 'the name of the table alone')
    this.#tables = []
    this.#onlyTables = true
  }
}
