import { getSystemErrorMessage } from 'node:util'
import { hideSecrets } from './secrets.ts'

/** What ends a run: one sentence of what happened and why, and below it what to do. Printed by main alone. No secret that it quotes is kept. */
export class SvcpathError extends Error {
  /** See the exit codes in the README: 1 could not do its work, 2 wrong usage. */
  readonly exitCode: number
  readonly hint: string | null

  constructor(message: string, options: { exitCode?: number; hint?: string; cause?: unknown } = {}) {
    super(hideSecrets(message), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SvcpathError'
    this.exitCode = options.exitCode ?? 1
    this.hint = options.hint === undefined ? null : hideSecrets(options.hint)
  }
}

/** Why the system refused, in its own words alone: `no space left on device`. */
export function systemReason(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException
  return errno === undefined ? message : getSystemErrorMessage(errno)
}

/** Of what was asked for there is none, and that is sure. */
export class NoServiceError extends SvcpathError {}

/** The person asked in a way that cannot be meant: exit code 2. */
export const usageError = (message: string, hint?: string): SvcpathError =>
  new SvcpathError(message, hint === undefined ? { exitCode: 2 } : { exitCode: 2, hint })
