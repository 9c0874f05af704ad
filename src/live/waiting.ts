/** So long nothing comes before somebody who waits is shown what there is. */
const PATIENCE_MS = 1500

/** Does something once each time that for a while nothing has come. */
export class Waiting {
  private readonly show: () => void
  private readonly patienceMs: number
  private timer: NodeJS.Timeout | undefined

  constructor(show: () => void, patienceMs = PATIENCE_MS) {
    this.show = show
    this.patienceMs = patienceMs
  }

  /** Something came. */
  moved(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(this.show, this.patienceMs)
  }

  stop(): void {
    clearTimeout(this.timer)
  }
}
