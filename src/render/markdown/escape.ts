/** How words from elsewhere stand in Markdown: none of them is a link, a mention, an image, HTML, or the end of what they stand in. */

/** Between as many backticks as end nowhere in it: shown as it is. */
export function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const space = /^`|`$|^ .* $/.test(text) ? ' ' : ''
  return `${fence}${space}${text}${space}${fence}`
}

/** Each mark of Markdown and HTML is escaped. */
export const plain = (text: string): string => text.replaceAll(/[\\`*_{}[\]()<>#|~&!@]/g, '\\$&')

/**
 * A sentence that may hold names: words that could mean something to Markdown, or that GitHub makes a link of (`@name`, `#1`, addresses of pages and of
 * mail), stand between backticks. Escapes are not enough: GitHub looks for links in what is left when they are gone.
 */
export function prose(text: string): string {
  const words = text.split(' ').filter((word) => word !== '')
  const isPlain = (word: string, i: number) =>
    SIGN.test(word) || (SAFE.test(word) && !(i === 0 ? FIRST : LINK).test(word))
  const runs: { plain: boolean; words: string[] }[] = []
  for (const [i, word] of words.entries()) {
    const last = runs.at(-1)
    if (last && last.plain === isPlain(word, i)) last.words.push(word)
    else runs.push({ plain: isPlain(word, i), words: [word] })
  }
  return runs.map((run) => (run.plain ? run.words.join(' ') : setAside(run.words.join(' ')))).join(' ')
}

/** As code, but for the comma behind it. */
function setAside(text: string): string {
  const [, body = '', comma = ''] = /^(.+?)([,;]?)$/.exec(text) ?? ['', text]
  return `${code(body)}${comma}`
}

/** Signs of our own sentences. */
const SIGN = /^[→·…%–]\)?[,.;:]?$/

/** Letters and digits with what stands between and behind them in a sentence, in parentheses or not. */
const SAFE = /^\(?≤?[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}'’/%=–-]|[.:,](?=[\p{L}\p{M}\p{N}/]))*(?:…|[)]?[.,;:]?)$/u

/** What is a link without any mark, or a picture (`:name:`). */
const LINK = /www\.|\/\/|:(?!\d\d:)[\w+-]+:|^GH-\d/i

/** At the start of a line a number may begin a list. */
const FIRST = /www\.|\/\/|:(?!\d\d:)[\w+-]+:|^GH-\d|^\d+[.)]$/i

/** Lines that are shown as they are. */
export function fenced(lines: readonly string[], language = ''): string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}${language}`, ...lines, fence]
}

/** A table; each cell is Markdown. Columns in which no row has a word are left out. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const used = titles.flatMap((_, i) => (rows.some((row) => row[i] !== '') ? [i] : []))
  const line = (cells: readonly string[]) => `| ${used.map((i) => cell(cells[i] ?? '')).join(' | ')} |`
  return [line(titles), `|${used.map(() => '---').join('|')}|`, ...rows.map(line)]
}

/** No way to write a bar is understood alike by all that set Markdown; no valid name holds one. */
const cell = (text: string): string => text.replaceAll('|', '¦')
