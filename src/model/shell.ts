/** A word for a POSIX shell, whatever is in it. */
export const quoteWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** Words that no shell takes for anything else; zsh looks for a command behind a `=` that a word begins with. */
const PLAIN = /^(?!=)[\w@%+=:,./-]+$/

/** A command for a POSIX shell: values become words of it, quoted where they are not plain. */
export const sh = (parts: TemplateStringsArray, ...values: readonly (string | number)[]): string =>
  parts.reduce((command, part, i) => {
    const value = String(values[i - 1])
    return `${command}${PLAIN.test(value) ? value : quoteWord(value)}${part}`
  })

/** A line of a shell by its words, each as it was written, and the comment behind them. */
export interface ShellLine {
  words: string[]
  comment: string | null
}

/** Takes a line apart at the blanks that stand in no quotes; null where a quote is left open. */
export function shellLine(line: string): ShellLine | null {
  const words: string[] = []
  for (let at = 0; at < line.length; ) {
    if (line[at] === ' ') {
      at++
      continue
    }
    if (line[at] === '#') return { words, comment: line.slice(at + 1).trim() }
    const end = endOfWord(line, at)
    if (end === null) return null
    words.push(line.slice(at, end))
    at = end
  }
  return { words, comment: null }
}

/** Where the word that begins at `start` ends; null inside a quote. Within double quotes a command may have quotes of its own. */
function endOfWord(line: string, start: number): number | null {
  let quote = ''
  let at = start
  for (; at < line.length && (quote !== '' || line[at] !== ' '); at++) {
    const letter = line[at]!
    if (letter === '\\' && quote !== "'") at++
    else if (quote === '' && (letter === "'" || letter === '"')) quote = letter
    else if (quote === '"' && line.startsWith('$(', at)) {
      const end = endOfCommand(line, at + 2)
      if (end === null) return null
      at = end
    } else if (letter === quote) quote = ''
  }
  return quote === '' ? Math.min(at, line.length) : null
}

/** Where the `)` of a `$(` stands. */
function endOfCommand(line: string, start: number): number | null {
  let single = false
  for (let at = start; at < line.length; at++) {
    if (line[at] === '\\' && !single) at++
    else if (line[at] === "'") single = !single
    else if (!single && line[at] === ')') return at
  }
  return null
}
