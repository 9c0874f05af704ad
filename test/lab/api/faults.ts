/** Answers that a test orders instead of the true ones. */
import type { Fault } from './contract.ts'
import { type Reply, replyOf } from './http.ts'
import { generic } from './status.ts'

export class Faults {
  rules: Fault[] = []
  readonly #used = new Map<Fault, number>()

  /** The first rule that fits and is not used up; it counts as used. */
  next(request: string): Fault | null {
    const fits = (fault: Fault): boolean => {
      fault.match.lastIndex = 0
      return (this.#used.get(fault) ?? 0) < (fault.times ?? Number.POSITIVE_INFINITY) && fault.match.test(request)
    }
    const fault = this.rules.find(fits) ?? null
    if (fault) this.#used.set(fault, (this.#used.get(fault) ?? 0) + 1)
    return fault
  }
}

/** What it answers; null where the true answer is only late or cut. */
export function faultReply({ status, body, retryAfterSeconds: after }: Fault): Reply | null {
  if (status === undefined && body === undefined) return null
  if (body === undefined) return replyOf(generic(status ?? 200, after))
  return { status: status ?? 200, body, headers: after === undefined ? {} : { 'Retry-After': String(after) } }
}
