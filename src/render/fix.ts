import { stringWidth, wrap } from './terminal.ts'

/** Words that a fix begins with where it is a command and not prose. */
const COMMAND = /^(kubectl|ip6?tables\S*|nft|sysctl|modprobe|conntrack|ip|bridge|ethtool|arping) /

/** What `fix: ` takes. */
const INDENT = 5

/**
 * What mends a fault, in lines that fit and can still be pasted: a command goes on behind a backslash, and what is to be known of it stands behind a `#`.
 * `others`: nodes or services besides have a like one.
 */
export function fixLines(fix: string, others: boolean, width: number | null): string[] {
  const room = width === null ? null : width - INDENT
  const lines = COMMAND.test(fix) ? commandLines(fix, room) : wrap(fix, room)
  const all = others ? [...lines, '# and so on for the others'] : lines
  return all.map((line, i) => (i === 0 ? `fix: ${line}` : `${' '.repeat(INDENT)}${line}`))
}

function commandLines(line: string, room: number | null): string[] {
  if (room === null || stringWidth(line) <= room) return [line]
  const [command = '', ...notes] = line.split('  # ')
  const parts = wrap(command, room - 4)
  return [
    ...parts.map((part, i) => `${i === 0 ? '' : '  '}${part}${i < parts.length - 1 ? ' \\' : ''}`),
    ...notes.flatMap((note) => wrap(note, room - 2).map((part) => `# ${part}`)),
  ]
}
