import { createHash } from 'node:crypto'
import pkg from '../../../package.json' with { type: 'json' }
import { Html, html, type Value } from './html.ts'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'

interface Page {
  title: string
  header: Html
  /** What stands below it; nothing of those that are null. */
  sections: readonly (Section | null)[]
  /** Rules of this page alone. */
  style?: string
}

export interface Section {
  /** A word of letters, to which a link can lead. */
  id: string
  title: string
  body: Value
}

/**
 * A page in one file. Its policy forbids whatever comes from elsewhere, and any style or script but these two: should a name ever come through unescaped,
 * it could still do nothing.
 */
export function page({ title, header, sections, style = '' }: Page): string {
  const shown = sections.filter((one) => one !== null)
  const css = new Html(`${STYLE}${style}`)
  const script = new Html(SCRIPT)
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(css)}'`,
    `script-src '${hashOf(script)}'`,
    ...["base-uri 'none'", "form-action 'none'"],
  ].join('; ')
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${css}</style>
</head>
<body>
<header>
${header}
<nav aria-label="Sections">${shown.map(({ id, title: name }) => html`<a href="#${id}">${name}</a> `)}
<button type="button" data-folds="open" hidden>Open all</button> <button type="button" data-folds="close" hidden>Close all</button></nav>
</header>
<main>
${shown.map(sectionHtml)}
</main>
<footer>
<p>Made by <a href="${pkg.homepage}" rel="noreferrer">kubectl svcpath</a> ${pkg.version}. This file loads nothing from elsewhere.</p>
</footer>
<p id="said" role="status"></p>
<script>${script}</script>
</body>
</html>`.text
  }\n`
}

const sectionHtml = ({ id, title, body }: Section): Html => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`

const hashOf = ({ text }: Html): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

/** The part that a page says of a code. */
export const codeLink = (code: string, name: string): Html =>
  html`<a href="${pkg.homepage}/blob/main/docs/findings.md#${code.toLowerCase()}-${name}" rel="noreferrer">${code}</a>`
