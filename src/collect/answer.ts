import type { Section } from './section.ts'

/** What a node printed, taken apart. */
export interface Answer {
  sections: Section[]
  /** The script came to its end, and every section to its own. */
  complete: boolean
}

/**
 * Takes the output of `nodeScript` apart. Only lines that begin with the frame count, wherever other output stands; a section that was cut off is
 * kept with what came of it and said to be incomplete. Never throws.
 */
export function readAnswer(stdout: Uint8Array, frame: string): Answer {
  const text = new TextDecoder().decode(stdout)
  const sections: Section[] = []
  let complete = false
  let at = 0
  while (at < text.length) {
    const mark = nextFrame(text, frame, at)
    if (mark < 0) break
    const line = lineAt(text, mark)
    at = mark + line.length + 1
    const [, kind, file] = line.split(' ')
    if (kind === 'done') {
      addErrors(sections, text.slice(at), frame)
      complete = true
      break
    }
    if (kind !== 'begin' || !file || !FILE.test(file)) continue
    const end = nextFrame(text, frame, at)
    const section = sectionOf(
      file,
      text.slice(at, end < 0 ? undefined : Math.max(at, end - 1)),
      end < 0 ? '' : lineAt(text, end),
    )
    at = end < 0 ? text.length : end + lineAt(text, end).length + 1
    sections.push(section)
  }
  return { sections, complete: complete && sections.every((one) => one.complete) }
}

/** What the sections wrote on stderr comes behind all of them, under the same marks; of each the end is kept. */
function addErrors(sections: readonly Section[], text: string, frame: string): void {
  const told = new Map<string, string>()
  for (let at = nextFrame(text, frame, 0); at >= 0; ) {
    const line = lineAt(text, at)
    const from = at + line.length + 1
    const next = nextFrame(text, frame, from)
    const [, kind, file] = line.split(' ')
    if (kind === 'begin' && file) told.set(file, text.slice(from, next < 0 ? undefined : next).trim())
    at = next
  }
  for (const section of sections) section.stderr = (told.get(section.file) ?? '').slice(-MOST_ERRORS)
}

const MOST_ERRORS = 1500

/** What a file of a node's folder may be called. */
const FILE = /^[a-z0-9][A-Za-z0-9._-]*$/

/** Where the next line begins that starts with the frame; -1 where none does. */
function nextFrame(text: string, frame: string, from: number): number {
  for (let at = text.indexOf(frame, from); at >= 0; at = text.indexOf(frame, at + 1)) {
    if (at === 0 || text[at - 1] === '\n') return at
  }
  return -1
}

function lineAt(text: string, at: number): string {
  const newline = text.indexOf('\n', at)
  return text.slice(at, newline < 0 ? undefined : newline)
}

function sectionOf(file: string, raw: string, end: string): Section {
  const [, , name, exit, milliseconds, ...words] = end.split(' ')
  const complete = name === file && /^\d+$/.test(exit ?? '')
  const left = [...raw.matchAll(/^#svcpath left (\d+) (\d+)$/gm)]
  const sum = (group: 1 | 2) => left.reduce((total, match) => total + Number(match[group]), 0)
  const text = raw.replace(/^#svcpath .*\n?/gm, '')
  return {
    file,
    command: words.join(' '),
    exitCode: complete && exit !== '124' && exit !== '137' ? Number(exit) : null,
    stderr: '',
    milliseconds: complete ? Number(milliseconds) : null,
    text: text === '' || text.endsWith('\n') ? text : `${text}\n`,
    complete,
    leftOut: left.length > 0 ? `${sum(1)} chains and ${sum(2)} rules of other services` : null,
  }
}
