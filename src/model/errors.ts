import { getSystemErrorMessage } from 'node:util'
import { hideSecrets } from './secrets.ts'

/** What ends a run: one sentence of what happened and why, and below it what to do. Printed by main alone. No secret that it quotes is kept. */
export class SvcpathError extends Error {
  /** See docs/exit-codes.md: 1 could not do its work, 2 wrong usage, 6 not found. */
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

/** What was named does not exist: a namespace, node, pod, port or context. One exit code for all of them. */
export class NotFoundError extends SvcpathError {
  constructor(message: string, options: { hint?: string; exitCode?: number } = {}) {
    super(message, { exitCode: NOT_FOUND, ...options })
  }
}

export const NOT_FOUND = 6

/** There is no such service. Where that is not sure, as in a text that holds a part of the services, the exit code is that of unknown (4). */
export class NoServiceError extends NotFoundError {}

/** The error for a name that nothing has, with those that there are. */
export const notFound = (message: string, hint: string): NotFoundError => new NotFoundError(message, { hint })

/** The person asked in a way that cannot be meant: exit code 2. */
export const usageError = (message: string, hint?: string): SvcpathError =>
  new SvcpathError(message, hint === undefined ? { exitCode: 2 } : { exitCode: 2, hint })
