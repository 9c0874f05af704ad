/** The times of a session that stays open, in milliseconds. */
export interface PulseTimes {
  /** For the first byte. */
  openMs: number
  /** Between two beats: each is an empty line on the standard input of what runs there. */
  beatMs: number
  /** Whatever runs there answers each beat: after so long without a word the session is taken for lost. */
  silenceMs: number
}

/**
 * Keeps a session going and notices its end. A half-open connection shows no error, on either side: here nothing is heard, and there no beat comes. The first
 * beat follows the first byte, when the shell has read its script: one that reads ahead would take a beat for a part of it.
 */
export class Pulse {
  private readonly times: PulseTimes
  private readonly beat: () => void
  private readonly lost: (words: string) => void
  private beating: NodeJS.Timeout | null = null
  private patience: NodeJS.Timeout

  constructor(times: PulseTimes, { beat, lost }: { beat: () => void; lost: (words: string) => void }) {
    this.times = times
    this.beat = beat
    this.lost = lost
    this.patience = setTimeout(() => lost(`no answer within ${times.openMs / 1000} s`), times.openMs)
  }

  /** Something came. */
  heard(): void {
    const { beatMs, silenceMs } = this.times
    clearTimeout(this.patience)
    this.patience = setTimeout(() => this.lost(`nothing was heard for ${silenceMs / 1000} s`), silenceMs)
    if (this.beating === null) {
      this.beat()
      this.beating = setInterval(this.beat, beatMs)
    }
  }

  stop(): void {
    clearTimeout(this.patience)
    if (this.beating !== null) clearInterval(this.beating)
  }
}
