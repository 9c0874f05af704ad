/** How a value of an object is rewritten, put together of small parts. */

/** What becomes of a value of an object; undefined: it is dropped. */
export type Rewrite = (value: unknown) => unknown

export const same: Rewrite = (value) => value

export const text =
  (change: (value: string) => string): Rewrite =>
  (value) =>
    typeof value === 'string' ? change(value) : undefined

export const list =
  (one: Rewrite): Rewrite =>
  (value) =>
    Array.isArray(value) ? value.map(one).filter((item) => item !== undefined) : undefined

export const fields =
  (known: Record<string, Rewrite | undefined>): Rewrite =>
  (value) => {
    if (!isObject(value)) return undefined
    const kept = Object.entries(value).flatMap(([key, one]) => {
      const made = Object.hasOwn(known, key) ? known[key]?.(one) : undefined
      return made === undefined ? [] : [[key, made]]
    })
    return Object.fromEntries(kept)
  }

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** One of the words that Kubernetes itself uses there; another is a name that somebody chose. */
export const oneOf = (words: string, other: Rewrite): Rewrite => {
  const known = new Set(words.split(/\s+/))
  return (value) => (typeof value === 'string' && !known.has(value) ? other(value) : value)
}
