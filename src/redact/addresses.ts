import { createHmac } from 'node:crypto'
import { canonicalAddress, type Family, formatAddress, parseAddress } from '../model/address.ts'

/**
 * Replaces addresses so that two that share a prefix share one of the same length afterwards (the construction of Xu, Fan, Ammar and
 * Moon, "Prefix-preserving IP address anonymization", 2002): networks, routes and CIDRs still contain what they contained. Addresses whose value has a
 * meaning of its own stay, and private ones stay within their block.
 */
export class AddressMap {
  private readonly key: Buffer
  private readonly known = new Map<string, string>()
  private readonly trees = new Map<string, Buffer>()

  constructor(key: Buffer) {
    this.key = key
  }

  /** An address, or one with a prefix length, whose host part stays zero where it was. What is neither comes back as it is. */
  replace(text: string): string {
    const known = this.known.get(text)
    if (known !== undefined) return known
    const made = this.make(text)
    this.known.set(text, made)
    return made
  }

  /** Keeps the kind of a MAC address (multicast, locally administered) and hides the rest; all zeros and all ones stay. */
  replaceMac(text: string): string {
    const plain = text.toLowerCase()
    if (/^(00:){5}00$|^(ff:){5}ff$/.test(plain)) return text
    const bytes = createHmac('sha256', this.key).update(`mac ${plain}`).digest().subarray(0, 6)
    bytes[0] = (bytes[0]! & 0xfc) | (Number.parseInt(plain.slice(0, 2), 16) & 3)
    return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
  }

  private make(text: string): string {
    const [address = '', length] = text.split('/')
    const parsed = parseAddress(address)
    if (!parsed) return text
    const { family, value } = parsed
    const bits = family === 4 ? 32 : 128
    const kept = keptBits(family, canonicalAddress(address), value)
    let mapped = this.flip(family, value, bits, kept)
    const prefix = length === undefined || !/^\d{1,3}$/.test(length) ? bits : Math.min(Number(length), bits)
    const host = (1n << BigInt(bits - prefix)) - 1n
    if ((value & host) === 0n) mapped &= ~host
    return `${formatAddress(family, mapped)}${length === undefined ? '' : `/${length}`}`
  }

  /** Flips each bit behind the kept ones by what stands before it; a byte at a time, whose 255 inner nodes share one digest. */
  private flip(family: Family, value: bigint, bits: number, kept: number): bigint {
    let out = 0n
    for (let at = 0; at < bits; at += 8) {
      const before = value >> BigInt(bits - at)
      const byte = Number((value >> BigInt(bits - at - 8)) & 255n)
      const tree = this.tree(`${family} ${at} ${before}`)
      let flipped = 0
      for (let bit = 0; bit < 8; bit++) {
        // The node of a heap-ordered tree: a one, then the bits before this one.
        const node = (1 << bit) | (byte >> (8 - bit))
        const change = at + bit < kept ? 0 : (tree[node >> 3]! >> (node & 7)) & 1
        flipped = (flipped << 1) | (((byte >> (7 - bit)) & 1) ^ change)
      }
      out = (out << 8n) | BigInt(flipped)
    }
    return out
  }

  private tree(prefix: string): Buffer {
    const known = this.trees.get(prefix)
    if (known) return known
    const made = createHmac('sha256', this.key).update(`bits ${prefix}`).digest()
    this.trees.set(prefix, made)
    return made
  }
}

/**
 * How many leading bits stay: all of an address that means something by itself, the block of a private one; of others so many that they do not
 * fall into such a block: the first octet (of IPv4, two where the octet has private blocks in it), the first 16 bits of IPv6.
 */
function keptBits(family: Family, text: string, value: bigint): number {
  if (family === 6) {
    if (value <= 1n || text.startsWith('ff')) return 128
    // Link-local: only the interface's half differs from host to host.
    return text.startsWith('fe80:') ? 64 : text.startsWith('fd') ? 8 : 16
  }
  const first = Number(value >> 24n)
  const second = Number((value >> 16n) & 255n)
  if (first === 0 || first === 127 || first >= 224 || (first === 169 && second === 254)) return 32
  if (first === 10) return 8
  if (first === 172 && second >= 16 && second < 32) return 12
  return [100, 169, 172, 192, 198].includes(first) ? 16 : 8
}
