import { isToolLine } from './tools.ts'

/** What a shell printed before a command, and the command; '' where a prompt stands alone. */
export interface Prompted {
  /** The machine that the prompt names; null where it names none. */
  host: string | null
  command: string
}

/** Nobody's prompt with a command is longer than this. */
const LONGEST = 2_000

/**
 * Reads a line that begins with a prompt. A prompt that tells little, such as `#`, counts only before a command that is
 * known, since comments and headings begin like it.
 */
export function readPrompt(line: string): Prompted | null {
  if (line.length > LONGEST || line === '') return null
  for (const { pattern, sure, strict = false } of MARK.test(line) ? PROMPTS : []) {
    const found = pattern.exec(line)
    if (!found) continue
    const command = line.slice(found[0].length).trim()
    if (!sure && !isToolLine(command, strict)) continue
    return { host: found.groups?.host ?? null, command }
  }
  return isToolLine(line.trim(), true) ? { host: null, command: line.trim() } : null
}

/** Every prompt holds one of these: most lines hold none, and need no look for each. */
const MARK = /[#$%>❯λ»⇒⟩▶➜+]|^(?:\[command\]|::group::|Run )/

/** `(venv)`, `(⎈|ctx:ns)`, a clock: what people put before their prompts. */
const BEFORE = String.raw`^(?:\([^()]{1,60}\)\s?)?(?:\[\d{1,3}\]\s)?(?:\[?(?:\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d\]?\s)?`

const PROMPTS: readonly { pattern: RegExp; sure: boolean; strict?: true }[] = [
  // [root@n1 ~]#
  {
    pattern: new RegExp(String.raw`${BEFORE}\[[\w.-]+@(?<host>[\w.-]+)(?: [^\]]{0,80})?\]\s?[#$%>](?=\s|$)`),
    sure: true,
  },
  // ubuntu@n1:~$, core@n1 ~ $, me@laptop dir %
  {
    pattern: new RegExp(String.raw`${BEFORE}[\w.-]+@(?<host>[\w.-]+)(?:[: ][^#$%>]{0,80})?\s?[#$%>${'❯'}](?=\s|$)`),
    sure: true,
  },
  // bash-5.1#, sh-4.4$
  { pattern: /^(?:ba|z|k|a|da)?sh-\d[\d.]*[#$%](?=\s|$)/, sure: true },
  // / #, ~ $, /app #
  { pattern: /^(?:~|\/)[\w./~-]{0,80}\s?[#$%](?=\s|$)/, sure: true },
  { pattern: /^PS (?:[A-Z]:\\|[/~])[^>]{0,200}>\s?/, sure: true },
  // The second line of a prompt of two.
  { pattern: /^[└╰]─+\s?[#$%❯>]\s+/, sure: false },
  { pattern: /^[A-Z]:\\[^>]{0,200}>\s?/, sure: false },
  { pattern: /^(?:➜\s+\S{1,60}(?:\s+git:\(\S{0,60}\))?(?:\s+✗)?|[❯λ»⇒⟩▶➜])(?:\s+|$)/, sure: true },
  // n1# iptables-save, node1 # …, n1:~ # …
  { pattern: /^(?<host>[a-z][\w.-]{0,62})(?::[\w./~-]{0,80})?\s?[#$%>](?:\s+|$)/, sure: false },
  { pattern: /^\$(?:\s+|$)/, sure: true },
  { pattern: /^[$#%+❯]\s*/, sure: false },
  // Also what quotes a line: only what no sentence would be.
  { pattern: /^>\s*/, sure: false, strict: true },
  // What CI systems put before the command of a step.
  { pattern: /^(?:##\[(?:command|group)\]|\[command\]|::group::|Run |[+$] )/, sure: false },
]
