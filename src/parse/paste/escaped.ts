/** No log line is longer; in a longer one nothing is looked for. */
const LONGEST = 32 * 1024 * 1024

/**
 * The text that a log line holds with its line ends written as `\n`, as in JSON or in kube-proxy's log; null where there is
 * none. HTML's `<br>` is such a line end, too.
 */
export function unescapeLine(line: string): string | null {
  if (line.length > LONGEST) return null
  if (/<br ?\/?>/i.test(line)) return line.replace(/<br ?\/?>/gi, '\n')
  const first = line.indexOf('\\n')
  if (first < 0) return decoded(line)
  // Within a string of JSON or of a log, what stands before and behind that string is no part of the text.
  const open = quoteBefore(line, first)
  const close = open < 0 ? -1 : quoteBehind(line, first)
  if (open < 0) return unescapedTwice(line).replace(LABEL, '$1\n')
  const [head, body, tail] = [line.slice(0, open + 1), line.slice(open + 1, close), line.slice(close)]
  // An error stands before the rules that it is about.
  return `${head}\n${unescapedTwice(body)}\n${(first < close && unescapeLine(tail.slice(1))) || tail}`
}

/** In JSON kube-proxy logs the rules as bytes, which is base64: of text that begins with `*filter`, `*nat` or `*mangle`. */
function decoded(line: string): string | null {
  const [whole, bytes] = /"(Km(?:Zp|5h|1h)[A-Za-z0-9+/]{20,}={0,2})"/.exec(line) ?? []
  if (whole === undefined || bytes === undefined) return null
  const at = line.indexOf(whole)
  return `${line.slice(0, at + 1)}\n${Buffer.from(bytes, 'base64').toString('utf8')}\n${line.slice(at + whole.length - 1)}`
}

/** `Restoring iptables rules: *filter` begins a text within a line. */
const LABEL = /^([^\n]{0,500}?[:=]\s*)(?=\*(?:nat|filter|mangle|raw)\n|table \w+ \S+ \{|-A )/

/** The last quote before a position that no backslash takes back; -1 where there is none. */
function quoteBefore(line: string, at: number): number {
  let quote = line.lastIndexOf('"', at)
  while (quote > 0 && line[quote - 1] === '\\') quote = line.lastIndexOf('"', quote - 1)
  return quote
}

/** The first one behind it; the end of the line where there is none. */
function quoteBehind(line: string, at: number): number {
  let quote = line.indexOf('"', at)
  while (quote > 0 && line[quote - 1] === '\\') quote = line.indexOf('"', quote + 1)
  return quote < 0 ? line.length : quote
}

/** JSON in JSON is what a log collector makes of a log that was JSON. */
function unescapedTwice(text: string): string {
  const once = unescaped(text)
  return once.includes('\n') || !once.includes('\\n') ? once : unescaped(once)
}

const unescaped = (text: string): string =>
  text.replace(/\\(u[\da-f]{4}|.)/gi, (_, code: string) => {
    if (code === 'n') return '\n'
    if (code === 't') return '\t'
    if (code === 'r') return ''
    return code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : code
  })
