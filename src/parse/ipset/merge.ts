import type { IpSet } from '../../model/ipset.ts'

/** The sets of several files, each once: of two of one name, the one whose members are known. */
export function mergeIpsets(a: readonly IpSet[], b: readonly IpSet[]): IpSet[] {
  const all = new Map<string, IpSet>()
  for (const set of [...a, ...b]) {
    const known = all.get(set.name)
    if (!known?.members) all.set(set.name, set)
  }
  return [...all.values()]
}
