/** From then on work counts as slow: most nodes answer within a second or two. */
const SLOW_MS = 3000

/** So many slow ones for each place are worked on besides. */
const LOANS = 4

/**
 * Does the same for many, at most so many at a time, in order of the list as places become free. The results stand in that order. Work is
 * expected to have a time limit of its own. A slow one lends its place to the next until it is done, so that a few that hang do not hold up all others.
 */
export async function fanOut<T, R>(
  items: readonly T[],
  { concurrency, signal, slowMs = SLOW_MS }: { concurrency: number; signal: AbortSignal; slowMs?: number },
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  let lent = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      signal.throwIfAborted()
      const at = next++
      let borrower: Promise<void> | null = null
      const lend = () => {
        if (lent >= LOANS * concurrency || next >= items.length) return
        lent += 1
        borrower = worker()
        // It is awaited below; where the work fails first, that error counts.
        borrower.catch(() => undefined)
      }
      const timer = setTimeout(lend, slowMs)
      results[at] = await work(items[at]!).finally(() => clearTimeout(timer))
      if (borrower === null) continue
      lent -= 1
      return borrower
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker))
  return results
}
