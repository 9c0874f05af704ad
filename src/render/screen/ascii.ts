/** Output for terminals and locales that know no more than ASCII. */

/**
 * Does the locale say that text is not UTF-8? One that is not set at all says nothing: containers and CI have none, and what reads their output takes
 * UTF-8.
 */
export function isAscii(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG
  return locale !== undefined && locale !== '' && !/utf-?8/i.test(locale)
}

/** Each sign as one that takes as many columns, so that tables stay tables. */
const SIGNS: Readonly<Record<string, string>> = {
  ...{ '→': '>', '✗': 'x', '✓': '+', '·': '-', '…': '~', '├': '|', '└': '`', '│': '|', '─': '-', '×': 'x' },
  ...{ '≤': '<', '≥': '>', '’': "'", '‘': "'", '“': '"', '”': '"', '–': '-', '—': '-', '«': '"', '»': '"', ' ': ' ' },
}

/** A text without anything but ASCII and its own control sequences. What has no like in ASCII becomes `?`. */
export const toAscii = (text: string): string =>
  text
    .replaceAll(/ ≤(?=\d)/g, '<=')
    .replaceAll(/ ≥(?=\d)/g, '>=')
    .replaceAll(/^(\s*)… /gm, '$1... ')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all that is not ASCII is meant
    .replaceAll(/[^\u0000-\u007f]/gu, (sign) => SIGNS[sign] ?? '?')
