import type { Case } from '../diagnose/case.ts'
import { deafSpace, isHeard, socketsOf } from '../diagnose/sockets.ts'

/** Does a program listen at an endpoint? `full`: it does, and accepts no more. */
export type Hearing = 'heard' | 'deaf' | 'full' | 'unknown'

export function hearingOf(seen: Case, { address, port }: { address: string; port: number }): Hearing {
  const endpoint = seen.endpoints?.find((one) => one.address === address && one.port === port)
  if (!endpoint) return 'unknown'
  if (deafSpace(seen, endpoint) !== null) return 'deaf'
  // As sk_acceptq_is_full has it (include/net/sock.h): the queue takes one more than its limit.
  const sockets = socketsOf(seen, endpoint)
  if (sockets.length > 0 && sockets.every(({ queue }) => queue && queue.waiting > queue.limit)) return 'full'
  return isHeard(seen, endpoint) ? 'heard' : 'unknown'
}
