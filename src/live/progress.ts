import { printable } from '../model/printable.ts'
import { hideSecrets } from '../model/secrets.ts'
import { clip } from '../render/terminal.ts'

/** Where progress goes: stderr, or a stand-in. */
export interface ProgressStream {
  isTTY?: boolean
  columns?: number
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
  private readonly states = new Map<string, string>()
  private readonly told = new Set<string>()
  private doing = ''
  /** Nodes that are done, of so many; null where none are counted. */
  private counted: { done: number; of: number } | null = null
  private shown = false
  private held = 0

  constructor(stream: ProgressStream, quiet: boolean, timeline = false) {
    this.stream = stream
    this.quiet = quiet
    this.timeline = timeline
  }

  /** What is being done now, for as long as nothing else is: `resolving shop/web`; and for how many nodes. */
  step(words: string, nodes?: number): void {
    this.doing = words
    this.counted = nodes === undefined ? null : { done: 0, of: nodes }
    if (!this.stream.isTTY) return
    this.draw()
  }

  /** What a node is at; null when it is done. */
  node(name: string, words: string | null): void {
    if (words === null) {
      this.states.delete(name)
      if (this.counted) this.counted.done += 1
    } else this.states.set(name, words)
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
    this.states.clear()
    this.doing = ''
    this.counted = null
  }

  /** Once: who looks again goes the same ways. */
  private line(words: string, advice: readonly string[] = []): void {
    if (this.told.has(words)) return
    this.told.add(words)
    this.erase()
    this.stream.write(
      [words, ...advice.map((one) => `  ${one}`)].map((one) => `${printable(hideSecrets(one))}\n`).join(''),
    )
    this.draw()
  }

  private draw(): void {
    if (this.quiet || this.held > 0 || !this.stream.isTTY) return
    const nodes = [...this.states].map(([name, words]) => `${name} ${words}`)
    const count = this.counted ? `${this.counted.done} of ${this.counted.of} done` : ''
    const text = [this.doing, count, ...nodes].filter((part) => part !== '').join(' · ')
    this.erase()
    if (text === '') return
    this.stream.write(clip(printable(text), Math.max(20, (this.stream.columns ?? 80) - 1)))
    this.shown = true
  }

  private erase(): void {
    if (this.shown) this.stream.write('\r\u001b[K')
    this.shown = false
  }
}
