/** A word for a POSIX shell, whatever is in it. */
export const quoteWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** Words that no shell takes for anything else. */
const PLAIN = /^[\w@%+=:,./-]+$/

/** A command for a POSIX shell: values become words of it, quoted where they are not plain. */
export const sh = (parts: TemplateStringsArray, ...values: readonly (string | number)[]): string =>
  parts.reduce((command, part, i) => {
    const value = String(values[i - 1])
    return `${command}${PLAIN.test(value) ? value : quoteWord(value)}${part}`
  })
