/** Longer lines are no mark that somebody left lines out. */
const LONGEST = 200

/**
 * True for a line that stands for lines which whoever copied the text left out: `...`, `[…]`, `<snip>`,
 * `(output omitted)`, `-- 12 lines skipped --`, `--8<--`.
 */
export const isElided = (line: string): boolean => line.length <= LONGEST && (DOTS.test(line) || WORDS.test(line))

/** What is said of such a line. */
export const LEFT_OUT = 'lines were left out here'

const FRAME = String.raw`[\s<>[\](){}*#/=~|_-]*`

/** Dots are the mark wherever they begin a line, with what was left out behind them or not. */
const DOTS = new RegExp(String.raw`^${FRAME}(?:\.{3,}|(?:\. ){2,}\.|${'…'}|${'⋮'}|:::|-+ ?8< ?-)`)

/** A sentence may hold these words as well, so they have to be most of the line. */
const WORDS = new RegExp(
  String.raw`^${FRAME}(?:the |some |other |more |\d+ |similar |remaining |rest of |output |rules? |lines? |chains? )*` +
    String.raw`(?:snip(?:ped)?|omitted|truncated|elided|skipped|trimmed|redacted for brevity)\b[^|;]{0,60}$`,
  'i',
)
