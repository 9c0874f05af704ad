import { SvcpathError } from '../model/errors.ts'
import type { TextStream } from '../model/io.ts'

/** The run was ended from outside: exit code 130, as a shell counts SIGINT. */
class Interrupted extends SvcpathError {
  constructor(signal: string) {
    super(`interrupted by ${signal}`, { exitCode: 130 })
    this.name = 'Interrupted'
  }
}

export interface Interrupt {
  signal: AbortSignal
  /** Signals mean what they always meant again. */
  stop(): void
}

/**
 * The first SIGINT, SIGTERM or SIGHUP aborts the signal, so that whoever made something can remove it. A second one leaves at once, and
 * `lastWords` says what may be left and how to remove it.
 */
export function watchInterrupts(stderr: TextStream, lastWords: () => string | null): Interrupt {
  const controller = new AbortController()
  const onSignal = (signal: NodeJS.Signals) => {
    if (!controller.signal.aborted) return controller.abort(new Interrupted(signal))
    const words = lastWords()
    if (words) stderr.write(`\n${words}\n`)
    process.exit(130)
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  return {
    signal: controller.signal,
    stop() {
      for (const name of SIGNALS) process.off(name, onSignal)
    },
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
