import type { IpSet } from '../../model/ipset.ts'

type Header = Pick<IpSet, 'type' | 'family' | 'netmask' | 'bitmask' | 'timeout' | 'most' | 'range'>

/** `family inet hashsize 1024 maxelem 65536 netmask 24 timeout 300`, `range 0-65535`: what stands behind the type in `create`, and in `Header:`. */
export function readHeader(type: string, words: readonly string[]): Header {
  const after = (word: string): string | null => {
    const at = words.indexOf(word)
    return at < 0 ? null : (words[at + 1] ?? null)
  }
  const family = after('family')
  const range = after('range')
  return {
    type,
    family: family === 'inet6' ? 6 : family === 'inet' || type.startsWith('bitmap:ip') ? 4 : null,
    netmask: bitsOf(after('netmask')),
    bitmask: after('bitmask'),
    timeout: wholeNumber(after('timeout')),
    // A bitmap or list has a limit of another kind.
    most: type.startsWith('hash:') ? wholeNumber(after('maxelem')) : null,
    range,
  }
}

/** A prefix length; ipset prints no mask in dots for these. */
function bitsOf(text: string | null): number | null {
  const bits = wholeNumber(text)
  return bits !== null && bits <= 128 ? bits : null
}

const wholeNumber = (text: string | null): number | null =>
  text !== null && /^\d{1,10}$/.test(text) ? Number(text) : null
