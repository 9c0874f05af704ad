import type { Times } from '../model/check.ts'

/** Measures what a run takes, as a whole and of each service. */
export class Stopwatch {
  private readonly began = performance.now()
  private readonly taken = new Map<string, number>()

  /** Does the work of a service. The last time counts where it is done again. */
  readonly timed = <T>(service: string, work: () => T): T => {
    const from = performance.now()
    const result = work()
    this.taken.set(service, (performance.now() - from) / 1000)
    return result
  }

  times(): Times {
    return { total: (performance.now() - this.began) / 1000, services: this.taken }
  }
}
