/** A screen that is drawn again in its place, on a terminal. */
import { Writable } from 'node:stream'
import type { TextStream } from '../model/io.ts'

/** Draws lines over those that it drew before. Nothing of the terminal is changed that would have to be put back. */
export class Screen {
  private readonly stdout: TextStream
  private drawn = 0
  private readonly onResize: () => void

  /** `draw` is called when the terminal has another size. */
  constructor(stdout: TextStream, draw: () => void) {
    this.stdout = stdout
    this.onResize = () => {
      // A terminal breaks lines anew: how many there are is not known any longer.
      this.stdout.write('\u001b[H\u001b[2J')
      this.drawn = 0
      draw()
    }
    stdout.on('resize', this.onResize)
  }

  get size(): { width: number; height: number } {
    return { width: this.stdout.columns ?? 80, height: this.stdout.rows ?? 24 }
  }

  draw(lines: readonly string[]): void {
    const back = this.drawn > 0 ? `\u001b[${this.drawn}A` : ''
    // In one piece, so that nothing flickers.
    this.stdout.write(`\r${back}${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`)
    this.drawn = lines.length
  }

  /** What is drawn stays; more may be printed below it. */
  end(): void {
    this.stdout.off('resize', this.onResize)
  }
}

/** Standard error that is kept for the screen from `hold` on. */
export class HeldErrors {
  readonly stream: TextStream
  private held: ((line: string) => void) | null = null

  constructor(stderr: TextStream) {
    const write = (chunk: Buffer | string, _encoding: string, done: () => void) => {
      if (this.held === null) stderr.write(chunk)
      else for (const line of String(chunk).split('\n')) if (line.trim() !== '') this.held(line)
      done()
    }
    const stream: TextStream = new Writable({ write, decodeStrings: false })
    // One line that changes belongs to the screen, too.
    Object.defineProperties(stream, {
      isTTY: { get: () => this.held === null && stderr.isTTY === true },
      columns: { get: () => stderr.columns },
    })
    this.stream = stream
  }

  /** From now on lines go there; null: to standard error again. */
  hold(take: ((line: string) => void) | null): void {
    this.held = take
  }
}
