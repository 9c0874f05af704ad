import { type Html, html, type Value } from './html.ts'

export interface Column {
  title: string
  align?: 'right'
  /** Sentences, which go on in a second line. */
  words?: true
}

/** A cell's content by column; a `bad` row is at fault. */
export interface Row {
  cells: readonly Value[]
  bad?: boolean
}

/** A table that scrolls sideways where it is wider than the page. Columns in which no row has anything are left out. */
export function tableHtml(label: string, columns: readonly Column[], rows: readonly Row[]): Html {
  const used = columns.flatMap((column, i) => (rows.some(({ cells }) => cells[i] !== '') ? [{ ...column, i }] : []))
  const classOf = ({ align, words }: Column): Value => (align || words) && html` class="${align ?? 'words'}"`
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${label}"><table class="figures">
<thead><tr>${used.map((one) => html`<th scope="col"${one.align ? html` class="right"` : null}>${one.title}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ({
    cells,
    bad,
  }) => html`<tr${bad === true && html` class="bad"`}>${used.map((one) => html`<td${classOf(one) || null}>${cells[one.i] ?? null}</td>`)}</tr>
`,
)}</tbody></table></div>`
}
