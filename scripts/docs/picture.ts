// A terminal's text as an SVG that looks alike on light and dark pages.

const [CHAR, LINE, PAD, SIZE] = [7.8, 18, 16, 13]
/** As wide as the fix, which is not broken. */
export const COLUMNS = 114

/** SGR codes that chalk writes, as the colours of a dark terminal. */
const COLOURS: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  36: '#76e3ea',
  39: '#c9d1d9',
}

interface Style {
  colour: string
  bold: boolean
  dim: boolean
}

const PLAIN: Style = { colour: COLOURS[39]!, bold: false, dim: false }

/** The command and what it printed, up to the findings: those are the first lines again, with their proof. */
export function pictureOf(command: string, output: string): string {
  const [shown = ''] = output.split('\n\n\u001b[1mFINDINGS')
  const lines = [`\u001b[1m$ ${command}\u001b[22m`, ...shown.trimEnd().split('\n')]
  const width = Math.ceil(COLUMNS * CHAR + 2 * PAD)
  const height = lines.length * LINE + 2 * PAD
  let style = PLAIN
  const texts = lines.map((line, i) => {
    const { spans, last } = spansOf(line, style)
    style = last
    const y = PAD + (i + 0.75) * LINE
    return spans.map((one) => textOf(one, y)).join('')
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${command}: the output of a trace">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${SIZE}">`,
    ...texts.filter((text) => text !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

interface Span {
  column: number
  text: string
  style: Style
}

/** Pieces of one look, each with its column. */
function spansOf(line: string, from: Style): { spans: Span[]; last: Style } {
  const spans: Span[] = []
  let [style, column] = [from, 0]
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with it
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with it
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1]
    const current = style
    if (codes !== undefined) style = codes.split(';').map(Number).reduce(styled, style)
    else {
      // Spaces beside each other are one in SVG: what stands behind them has a place of its own.
      for (const { 0: text, index } of part.matchAll(/\S+(?: \S+)*/g))
        spans.push({ column: column + [...part.slice(0, index)].length, text, style: current })
      column += [...part].length
    }
  }
  return { spans, last: style }
}

function styled(style: Style, code: number): Style {
  if (code === 0) return PLAIN
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, dim: true }
  if (code === 22) return { ...style, bold: false, dim: false }
  return COLOURS[code] ? { ...style, colour: COLOURS[code] } : style
}

/** A piece takes exactly its columns, whatever the font. */
function textOf({ column, text, style: { colour, bold, dim } }: Span, y: number): string {
  const looks = `fill="${colour}"${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity="0.65"' : ''}`
  const length = ([...text].length * CHAR).toFixed(1)
  return `<text x="${(PAD + column * CHAR).toFixed(1)}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" ${looks}>${escaped(text)}</text>`
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
