/** What is found out once for an object, and again for each address family where the answer depends on it. Freed with the object. */
import type { Family } from './address.ts'

/** Finds something of an object once, however often it is asked for. */
export function once<K extends WeakKey, T>(find: (owner: K) => T): (owner: K) => T {
  const known = new WeakMap<K, { found: T }>()
  return (owner) => {
    let one = known.get(owner)
    if (!one) {
      one = { found: find(owner) }
      known.set(owner, one)
    }
    return one.found
  }
}

/** The same for each address family. */
export function onceByFamily<K extends WeakKey, T>(
  find: (owner: K, family: Family) => T,
): (owner: K, family: Family) => T {
  const of = { 4: once((owner: K) => find(owner, 4)), 6: once((owner: K) => find(owner, 6)) }
  return (owner, family) => of[family](owner)
}
