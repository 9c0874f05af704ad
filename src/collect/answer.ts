import type { Section } from './section.ts'

/** What a node printed, taken apart. */
export interface Answer {
  sections: Section[]
  /** The script came to its end, and every section to its own. */
  complete: boolean
}

/**
 * Takes the output of `nodeScript` apart. Only lines that begin with the frame count, wherever other output stands; a section that was cut off is
 * kept with what came of it and said to be incomplete. Each section is a text of its own: what is kept of one keeps none of the others. Never throws.
 */
export function readAnswer(stdout: Uint8Array, frame: string): Answer {
  const bytes = Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength)
  const sections: Section[] = []
  let complete = false
  let at = 0
  while (at < bytes.length) {
    const mark = nextFrame(bytes, frame, at)
    if (mark < 0) break
    const from = lineEnd(bytes, mark) + 1
    const [, kind, file] = bytes.toString('utf8', mark, from - 1).split(' ')
    at = from
    if (kind === 'done') {
      addErrors(sections, bytes.subarray(at), frame)
      complete = true
      break
    }
    if (kind !== 'begin' || !file || !FILE.test(file)) continue
    const end = nextFrame(bytes, frame, at)
    const stop = end < 0 ? bytes.length : lineEnd(bytes, end)
    const raw = bytes.toString('utf8', at, end < 0 ? undefined : Math.max(at, end - 1))
    sections.push(sectionOf(file, raw, end < 0 ? '' : bytes.toString('utf8', end, stop)))
    at = stop + 1
  }
  return { sections, complete: complete && sections.every((one) => one.complete) }
}

/** What the sections wrote on stderr comes behind all of them, under the same marks; of each the end is kept. */
function addErrors(sections: readonly Section[], bytes: Buffer, frame: string): void {
  const told = new Map<string, string>()
  for (let at = nextFrame(bytes, frame, 0); at >= 0; ) {
    const from = lineEnd(bytes, at) + 1
    const next = nextFrame(bytes, frame, from)
    const [, kind, file] = bytes.toString('utf8', at, from - 1).split(' ')
    if (kind === 'begin' && file) told.set(file, bytes.toString('utf8', from, next < 0 ? undefined : next).trim())
    at = next
  }
  for (const section of sections) section.stderr = (told.get(section.file) ?? '').slice(-MOST_ERRORS)
}

const MOST_ERRORS = 1500

/** What a file of a node's folder may be called. */
const FILE = /^[a-z0-9][A-Za-z0-9._-]*$/

/** Where the next line begins that starts with the frame; -1 where none does. */
function nextFrame(bytes: Buffer, frame: string, from: number): number {
  for (let at = bytes.indexOf(frame, from); at >= 0; at = bytes.indexOf(frame, at + 1)) {
    if (at === 0 || bytes[at - 1] === NEWLINE) return at
  }
  return -1
}

function lineEnd(bytes: Buffer, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at)
  return newline < 0 ? bytes.length : newline
}

const NEWLINE = 10

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
