/** A piece of a page. Only `html` makes one, and it escapes whatever it is given that is none. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** What can be put into a piece; null, undefined and false are nothing. */
export type Value = Html | string | number | null | undefined | false | readonly Value[]

/** html`<p class="${name}">${text}</p>`: values are text, be it between tags or in quotes, unless they are pieces themselves. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html =>
  new Html(parts.map((part, i) => part + (i < values.length ? written(values[i]) : '')).join(''))

function written(value: Value): string {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'string') return escaped(value)
  return typeof value === 'number' ? String(value) : value.map(written).join('')
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => SIGNS[sign]!)

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
