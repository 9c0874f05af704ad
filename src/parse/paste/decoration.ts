/** What stands in front of lines that were quoted, numbered, indented or logged, and is not part of them. */

/** A line's beginning of one kind. The order is that in which they are taken off: the outermost can be any of them. */
const DECORATIONS = {
  // 2026-11-27T10:15:00.123Z, [10:15:00], 10:15:00.123; what a container's log adds: `stdout F `.
  time: /^\s*\[?(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?(?: (?:stdout|stderr) [FP])?(?: |\t|$)/,
  // Nov 27 10:15:00 n1 kube-proxy[1234]:
  journal: /^\s*[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ [\w./-]+(?:\[\d+\])?: ?/,
  // I1127 10:15:00.123456       1 proxier.go:1557]
  klog: /^\s*[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [\w.-]+:\d+\] ?/,
  // [pod/kube-proxy-x2x/kube-proxy], kube-proxy-1  |
  source: /^\s*(?:\[pod\/[^\]\s]+\] |[\w.-]+\s+\| )/,
  // dump.txt:12:, 12:, 12-, and `   12\t` of cat -n, `12 |`, `12: ` of editors
  number: /^\s*(?:[\w./-]+\.\w+[:-])?\d{1,7}(?:[:\t|│ ]|-(?=[-A[:#*]))/,
  file: /^[\w./-]+\.(?:txt|log|out|rules|dump|save|conf)[:-]/,
  quote: /^\s{0,3}>+ ?/,
  frame: /^\s*[|│┃║▏] ?/,
  diff: /^(?:[+-](?![+<>-]{2})|<(?!<) ?)/,
  code: /^\s*`+(?=[^`])/,
  bullet: /^\s*[-*•] (?=\S)/,
  indent: /^[ \t]+/,
} as const

export type Decoration = keyof typeof DECORATIONS

const ALL = Object.keys(DECORATIONS) as Decoration[]

/** Nobody quotes a quote of a quote of numbered, logged lines. */
const MOST = 4

/**
 * The decorations to take off until the line is `known`; null where no such row of them is found. Each is the first that fits,
 * so the work is that of a few looks at the line.
 */
export function decorationsOf(line: string, known: (line: string) => boolean): readonly Decoration[] | null {
  if (line.length > 20_000) return null
  const row: Decoration[] = []
  let rest = line
  while (row.length < MOST) {
    const next = ALL.find((name) => DECORATIONS[name].test(rest))
    if (!next) return null
    rest = undecorate(rest, [next])!
    row.push(next)
    if (known(rest)) return row
  }
  return null
}

/** The line without its decorations; null where it has others. A blank line has them all. */
export function undecorate(line: string, row: readonly Decoration[]): string | null {
  let rest = line
  for (const name of row) {
    if (rest.trim() === '') return ''
    const found = DECORATIONS[name].exec(rest)
    if (!found) {
      // `>` of an empty line has lost its blank, and a line of a diff that stayed as it was has no mark.
      if (name === 'diff' && rest.startsWith(' ')) rest = rest.slice(1)
      else return null
    } else rest = rest.slice(found[0].length)
    if (name === 'code') rest = rest.replace(/`+\s*$/, '')
  }
  return rest
}

/** The mark of a diff on a line: `+`, `-`, `<`; '' for none. */
export function diffMark(line: string, row: readonly Decoration[]): string {
  const at = row.indexOf('diff')
  const rest = at < 0 ? null : undecorate(line, row.slice(0, at))
  return rest === null ? '' : (/^[<+-]/.exec(rest)?.[0] ?? '')
}
