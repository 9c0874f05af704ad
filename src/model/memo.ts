import type { Family } from './address.ts'

/**
 * Finds out once what holds of an object, and forgets it with the object: with thousands of services the same is asked thousands of times.
 * Objects that are asked about do not change.
 */
export function memo<Of extends object, T>(find: (of: Of) => T): (of: Of) => T {
  const known = new WeakMap<Of, { found: T }>()
  return (of) => {
    let one = known.get(of)
    if (!one) {
      one = { found: find(of) }
      known.set(of, one)
    }
    return one.found
  }
}

/** The same by object and address family. */
export function memoByFamily<Of extends object, T>(find: (of: Of, family: Family) => T): (of: Of, family: Family) => T {
  const known = { 4: memo((of: Of) => find(of, 4)), 6: memo((of: Of) => find(of, 6)) }
  return (of, family) => known[family](of)
}

/** The same for what is asked about one object after the other: no more is kept than the last answer, which costs the collector of garbage nothing. */
export function memoLast<Of extends object, T>(find: (of: Of) => T): (of: Of) => T {
  let last: { of: Of; found: T } | null = null
  return (of) => {
    if (last?.of !== of) last = { of, found: find(of) }
    return last.found
  }
}
