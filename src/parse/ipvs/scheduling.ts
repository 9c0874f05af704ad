import { type Family, formatAddress } from '../../model/address.ts'
import type { VirtualServer } from '../../model/ipvs.ts'

type Scheduling = Pick<VirtualServer, 'scheduler' | 'flags' | 'persistence'>

/**
 * `rr persistent 600 mask 255.255.255.0`, `mh (mh-port)`, `wlc ops` of ipvsadm, and `rr persistent 150000 FFFFFF00` of /proc; null where a word is not known. /proc
 * leaves the scheduler's own flags out, and counts in ticks of the kernel, whose number a second it does not say.
 */
export function readScheduling(words: readonly string[], proc: boolean, family: Family | null): Scheduling | null {
  const [scheduler, ...options] = words
  if (!scheduler || !/^[a-z][\w-]*$/.test(scheduler)) return null
  const flags: string[] = []
  let persistence: VirtualServer['persistence'] = 'none'
  while (options.length > 0) {
    const word = options.shift()!
    if (word === 'ops') flags.push(word)
    else if (/^\([\w,-]+\)$/.test(word)) flags.push(...word.slice(1, -1).split(','))
    else if (word === 'persistent' && /^\d{1,10}$/.test(options[0] ?? '')) {
      const time = Number(options.shift())
      const mask = proc ? readHexMask(options.shift(), family) : readMask(options)
      if (mask === undefined) return null
      persistence = { seconds: proc ? null : time, mask }
    } else if (word === 'pe' && options.length > 0) flags.push(`pe ${options.shift()}`)
    else return null
  }
  return { scheduler, flags, persistence }
}

/** Undefined where the word `mask` has no value. */
function readMask(options: string[]): string | null | undefined {
  if (options[0] !== 'mask') return null
  options.shift()
  return options.shift()
}

/** The netmask; for IPv6 a prefix length with its bytes turned round on most machines. A full one is none. */
function readHexMask(text: string | undefined, family: Family | null): string | null | undefined {
  if (text === undefined || !/^[\dA-F]{8}$/.test(text)) return undefined
  const value = Number.parseInt(text, 16)
  if (family === 6) {
    const bits = value > 128 ? value >>> 24 : value
    return bits === 128 ? null : String(bits)
  }
  return value === 0xffffffff ? null : formatAddress(4, BigInt(value))
}
