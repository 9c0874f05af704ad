/**
 * Does the same for many, at most so many at a time, in order of the list as places become free. The results stand in that order. Work is
 * expected to have a time limit of its own; a slow one keeps its place and delays no other that has one.
 */
export async function fanOut<T, R>(
  items: readonly T[],
  { concurrency, signal }: { concurrency: number; signal: AbortSignal },
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      signal.throwIfAborted()
      const at = next++
      results[at] = await work(items[at]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker))
  return results
}
