/** What a terminal adds to a text, and line ends of other systems, taken away. */
export function plainText(text: string): string {
  const plain = text.includes('\x1b') ? text.replace(ESCAPES, '') : text
  return plain.includes('\r') ? plain.replace(/\r+(?=\n|$)/g, '') : plain
}

/** A line without what editors, browsers and chat programs do to the characters of a text. */
export function cleanLine(line: string): string {
  if (PAGER.test(line)) return ''
  if (!SUSPECT.test(line)) return line
  let clean = line
  if (ENTITY.test(clean)) clean = decodeEntities(decodeEntities(clean))
  if (clean.includes('<')) clean = clean.replace(TAGS, '')
  return clean
    .replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
    .replace(/[\u0085\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g, ' ')
    .replace(/[“”„‟″«»]/g, '"')
    .replace(/[‘’‚‛′]/g, "'")
    .replace(DASHES, dash)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const ESCAPES = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[()][0-9A-Z]|[=>78])/g
/** Of a line without these nothing has to be looked for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const SUSPECT = /[^\x00-\x7f]|&[#a-z]|<\/?[a-z]/i

/** What `less` and `vi` show in the last lines of a terminal. */
const PAGER = /^(?:\(END\)|lines \d+-\d+(?:\/\d+)?(?: \(END\)| \d+%)?|~)\s*$/

const DASHES = /[‐‑‒–—―−]+-?/g

/** Two dashes in a row become one long one: of `—dport` two were meant, of `–A` one, and of `–>` one. */
function dash(dashes: string, at: number, text: string): string {
  const begins = at === 0 || /[\s"'(![]/.test(text.charAt(at - 1))
  if (!begins) return '-'
  const end = at + dashes.length
  const [first, second] = [text.charAt(end), text.charAt(end + 1)]
  if (/[a-z]/i.test(first)) return /[\w-]/.test(second) ? '--' : '-'
  return first === '>' || /\d/.test(first) ? '-' : '--'
}

const ENTITY = /&(?:#\d{2,5}|#x[\da-f]{2,4}|amp|apos|gt|hellip|lt|mdash|nbsp|ndash|quot);/i

const NAMED: Record<string, string> = {
  amp: '&',
  apos: "'",
  gt: '>',
  hellip: '…',
  lt: '<',
  mdash: '—',
  nbsp: '\u00a0',
  ndash: '–',
  quot: '"',
}

const decodeEntities = (text: string): string =>
  text.replace(new RegExp(ENTITY, 'gi'), (entity) => {
    const name = entity.slice(1, -1).toLowerCase()
    if (!name.startsWith('#')) return NAMED[name]!
    const code = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    // A line end would move the lines behind it, and a control character has no place in a text.
    return code < 32 || (code > 126 && code < 160) ? ' ' : String.fromCharCode(code)
  })

/** Tags by name: kubectl prints `<none>`, which must stay. */
const TAGS =
  /<\/?(?:pre|code|span|div|p|b|i|u|a|em|strong|font|kbd|samp|tt|table|tbody|thead|tr|td|th|ul|ol|li|h[1-6]|section|article|button|img|svg|path)(?:\s[^<>\n]*)?\/?>/gi
