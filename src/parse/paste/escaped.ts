/** No log line is longer; in a longer one nothing is looked for. */
const LONGEST = 32 * 1024 * 1024

/**
 * The text that a log line holds with its line ends written as `\n`, as in JSON or in kube-proxy's log; null where there is
 * none. HTML's `<br>` is such a line end, too.
 */
export function unescapeLine(line: string): string | null {
  if (line.length > LONGEST) return null
  if (/<br ?\/?>/i.test(line)) return line.replace(/<br ?\/?>/gi, '\n')
  if (!line.includes('\\n')) return null
  const once = unescaped(line)
  // JSON in JSON: what a log collector makes of a log that was JSON.
  return once.includes('\n') || !once.includes('\\n') ? once : unescaped(once)
}

/** `rules="*filter` begins a text within a line: what stands before it is a line of its own. */
const unescaped = (line: string): string =>
  line
    .replace(/\\(u[\da-f]{4}|.)/gi, (_, code: string) => {
      if (code === 'n') return '\n'
      if (code === 't') return '\t'
      if (code === 'r') return ''
      return code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : code
    })
    .replace(/^([^\n]*?[:=]\s*"?)(?=\*(?:nat|filter|mangle|raw)\n|table \w+ \S+ \{|-A )/, '$1\n')
