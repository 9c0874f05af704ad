/** Help as lines that fit a terminal: what people look for comes first. */
import type { HelpPage, Line } from './help-page.ts'

interface HelpLook {
  width: number
  bold: (text: string) => string
}

/** A verb's page. Flags that many verbs share are named, and stand on a page of their own. */
export function helpLines(page: HelpPage, verb: string, look: HelpLook): string[] {
  const { shared } = page
  const more = verb === 'trace' ? 'kubectl svcpath COMMAND --help explains a command.' : ''
  const others =
    shared.length > 0
      ? `kubectl svcpath options lists the flags for the cluster (--context, --kubeconfig, …), the nodes (--via, --concurrency, …) and SSH.`
      : ''
  return [
    ...wrapped(page.summary, look.width, 0),
    ...section('USAGE', [`  $ ${page.usage}`], look),
    ...section(
      'EXAMPLES',
      page.examples.flatMap((one) => exampleLines(one, look)),
      look,
    ),
    ...section('ARGUMENTS', listLines(page.args, look), look),
    ...section('FLAGS', listLines(page.flags, look), look),
    ...section('COMMANDS', listLines(page.commands, look), look),
    ...section(
      'DESCRIPTION',
      page.description.flatMap((text, i) => [...(i > 0 ? [''] : []), ...wrapped(text, look.width, 2)]),
      look,
    ),
    ...[others, more].filter(Boolean).flatMap((text) => ['', ...wrapped(text, look.width, 0)]),
  ]
}

/** The flags that the verbs share. */
export const optionLines = ({ shared }: HelpPage, look: HelpLook): string[] => [
  ...wrapped('Flags of all commands that read a cluster: trace, check, diff, capture and list.', look.width, 0),
  ...shared.flatMap(({ title, flags }) => section(title, listLines(flags, look), look)),
]

const section = (title: string, lines: readonly string[], { bold }: HelpLook): string[] =>
  lines.length > 0 ? ['', bold(title), ...lines] : []

/** A command is never broken: it is to be copied. */
const exampleLines = ({ about, command }: HelpPage['examples'][number], { width }: HelpLook): string[] => [
  ...wrapped(`# ${about}`, width, 2),
  `  ${command}`,
]

/** The words on the left, what they mean on the right; below them where there is no room. */
function listLines(lines: readonly Line[], { width }: HelpLook): string[] {
  const widest = Math.min(Math.max(0, ...lines.map(([word]) => word.length)), WIDEST_WORD)
  const left = widest + 4
  const isNarrow = width - left < LEAST_TEXT
  return lines.flatMap(([word, about]) => {
    const text = wrapped(about, width, isNarrow ? 6 : left)
    if (isNarrow || word.length > widest) return [`  ${word}`, ...text]
    return [`  ${word.padEnd(widest)}  ${(text[0] ?? '').trimStart()}`, ...text.slice(1)]
  })
}

const WIDEST_WORD = 30
const LEAST_TEXT = 30

/** A text broken at its spaces, indented. */
function wrapped(text: string, width: number, indent: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(`${' '.repeat(indent)}${word}`)
  }
  return lines
}
