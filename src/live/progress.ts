import { stripVTControlCharacters } from 'node:util'
import { printable } from '../model/printable.ts'
import { hideSecrets } from '../model/secrets.ts'
import { clip, stringWidth } from '../render/terminal.ts'
import { FEW, NodeLines } from './node-lines.ts'

/** Where progress goes: stderr, or a stand-in. */
export interface ProgressStream {
  isTTY?: boolean
  columns?: number
  rows?: number
  write(text: string): unknown
}

/** How the steps of a run are told of, and waited for. */
export interface Pace {
  progress: Progress
  /** Waits; throws when the run is interrupted. */
  pause(milliseconds: number): Promise<void>
}

/**
 * What a run tells while it works. A terminal gets one line that changes and is gone in the end, and above it what should
 * stay; a pipe gets plain lines. Quiet tells nothing but warnings.
 */
export class Progress {
  private readonly stream: ProgressStream
  private readonly quiet: boolean
  private readonly timeline: boolean
  /** What nodes are at, and since when; the longest at it first. */
  private readonly states = new Map<string, { words: string; since: number }>()
  private readonly lines = new NodeLines((words) => this.say(words))
  private readonly told = new Set<string>()
  private doing = ''
  /** Nodes that are done, of so many; null where none are counted. */
  private counted: { done: number; of: number } | null = null
  /** Lines of what is known so far, above the one that changes. */
  private soFar: readonly string[] = []
  /** Rows that are taken away again. */
  private shown = 0
  private held = 0
  private clock: NodeJS.Timeout | undefined
  private lastLine = performance.now()

  constructor(stream: ProgressStream, quiet: boolean, timeline = false) {
    this.stream = stream
    this.quiet = quiet
    this.timeline = timeline
  }

  /** What is being done now, for as long as nothing else is: `resolving shop/web`; and for how many nodes. */
  step(words: string, nodes?: number): void {
    this.lines.begin(nodes ?? 0)
    this.doing = words
    this.counted = nodes === undefined ? null : { done: 0, of: nodes }
    this.soFar = []
    clearInterval(this.clock)
    if (!this.stream.isTTY || this.quiet) return
    // Where nodes hang, nothing happens but that time passes.
    if (nodes !== undefined) this.clock = setInterval(() => this.draw(), 1000).unref()
    this.draw()
  }

  /** What a node is at; null when it is done. */
  node(name: string, words: string | null): void {
    if (words === null) {
      this.states.delete(name)
      if (this.counted) this.counted.done += 1
      this.sayCount()
    } else this.states.set(name, { words, since: performance.now() })
    this.draw()
  }

  /** What a node says on the way: which pod, what fell back. `alike`: the same of whichever node, told once where there are many. */
  nodeSays(name: string, words: string, alike: string): void {
    this.lines.add(name, words, alike)
  }

  /** What is known so far, on a terminal: what comes next takes its place. */
  preview(text: string | null): void {
    if (!this.stream.isTTY || text === null) return
    this.erase()
    this.soFar = text.trimEnd().split('\n')
    this.draw()
  }

  /** A line that stays: which way was taken, what fell back. */
  say(words: string): void {
    if (!this.quiet) this.line(words)
  }

  /** What a phase took that began then, by the clock of `performance.now`: a line for whoever asked for a timeline. */
  took(phase: string, began: number): void {
    if (this.timeline) this.say(`${phase}: ${Math.round(performance.now() - began)} ms`)
  }

  /** A line that stays though it be quiet: something may be left behind, or is not as asked. `advice`: lines of what to do about it. */
  warn(words: string, advice: readonly string[] = []): void {
    this.line(`warning: ${words}`, advice)
  }

  /** Keeps the changing line away while something is asked; the answer brings it back. */
  hold(): () => void {
    this.erase()
    this.held += 1
    return () => {
      this.held -= 1
      this.draw()
    }
  }

  /** Takes the changing line away. */
  done(): void {
    this.erase()
    clearInterval(this.clock)
    this.lines.begin(0)
    this.states.clear()
    this.doing = ''
    this.counted = null
    this.soFar = []
    this.erase()
  }

  /** Once: who looks again goes the same ways. */
  private line(words: string, advice: readonly string[] = []): void {
    if (this.told.has(words)) return
    this.told.add(words)
    this.lastLine = performance.now()
    this.erase()
    this.stream.write(
      [words, ...advice.map((one) => `  ${one}`)].map((one) => `${printable(hideSecrets(one))}\n`).join(''),
    )
    this.draw()
  }

  /** Of many nodes a pipe hears every now and then how far it is. */
  private sayCount(): void {
    const { counted } = this
    if (this.stream.isTTY || !counted || counted.of <= FEW || performance.now() - this.lastLine < QUIET_MS) return
    this.say(`${counted.done} of ${counted.of} nodes done`)
  }

  private draw(): void {
    if (this.quiet || this.held > 0 || !this.stream.isTTY) return
    const nodes = [...this.states].map(([name, { words, since }]) => `${name} ${words}${waited(since)}`)
    const count = this.counted ? `${this.counted.done} of ${this.counted.of} done` : ''
    const text = [this.doing, count, ...nodes].filter((part) => part !== '').join(' · ')
    this.erase()
    if (text === '') return
    const columns = Math.max(20, (this.stream.columns ?? 80) - 1)
    // What does not fit onto the screen could not be taken away again.
    const lines = this.soFar.slice(0, Math.max(0, (this.stream.rows ?? 24) - 2)).map((line) => clipped(line, columns))
    this.stream.write([...lines, clip(printable(text), columns)].join('\n'))
    this.shown = lines.length + 1
  }

  private erase(): void {
    if (this.shown > 0) this.stream.write(`\r\u001b[K${'\u001b[1A\u001b[K'.repeat(this.shown - 1)}`)
    this.shown = 0
  }
}

/** A line with colours is cut without them. */
const clipped = (line: string, columns: number): string =>
  stringWidth(line) <= columns ? line : clip(stripVTControlCharacters(line), columns)

/** A pipe hears nothing for so long. */
const QUIET_MS = 10_000

/** A node that takes longer is told with the time. */
const LONG_MS = 3000

function waited(since: number): string {
  const time = performance.now() - since
  return time < LONG_MS ? '' : ` (${Math.floor(time / 1000)} s)`
}
