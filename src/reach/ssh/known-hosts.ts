import { createHmac } from 'node:crypto'

/** A line of known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  marker: 'authority' | 'revoked' | null
  /** The patterns of names, or one hashed name. */
  hosts: string
  type: string
  key: Buffer
  /** `~/.ssh/known_hosts line 3` */
  where: string
}

/**
 * What known_hosts says of a key that a host showed. `changed`: another key is known, of whatever type. `authority`: only a certificate
 * authority is, whose certificates cannot be checked here.
 */
export type HostKeyVerdict =
  | { kind: 'known' }
  | { kind: 'unknown' }
  | { kind: 'changed' | 'revoked' | 'authority'; where: string }
  /** The file of revoked keys, of which nobody knows what it holds. */
  | { kind: 'unreadable'; where: string; why: string }

/** The lines of a file; what is none is passed over, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const words = line.trim().split(/[ \t]+/)
    const marker = words[0]?.startsWith('@') ? words.shift() : null
    const [hosts, type, base64] = words
    if (!hosts || hosts.startsWith('#') || !type || !base64) return []
    // A marker that is not known may restrict what the line says: such a line trusts nobody.
    if (marker && !(marker in MARKERS)) return []
    const key = Buffer.from(base64, 'base64')
    if (keyType(key) !== type) return []
    return { marker: marker ? MARKERS[marker]! : null, hosts, type, key, where: `${file} line ${index + 1}` }
  })
}

const MARKERS: Record<string, 'authority' | 'revoked'> = { '@cert-authority': 'authority', '@revoked': 'revoked' }

/** The type that a key's own bytes name (RFC 4253, 6.6); empty for what is no key. */
export function keyType(key: Buffer): string {
  if (key.length < 4) return ''
  const length = key.readUInt32BE(0)
  return length <= key.length - 4 ? key.toString('latin1', 4, 4 + length) : ''
}

/** Holds a key against the lines; `name` is `host`, or `[host]:port`. */
export function judgeHostKey(lines: readonly KnownHost[], name: string, key: Buffer): HostKeyVerdict {
  // A revoked key is refused under any name that its line is for (sshd(8): "never accepted").
  const own = lines.filter(({ hosts }) => isFor(hosts, name))
  const revoked = own.find(({ marker, key: known }) => marker === 'revoked' && known.equals(key))
  if (revoked) return { kind: 'revoked', where: revoked.where }
  const plain = own.filter(({ marker }) => marker === null)
  if (plain.some(({ key: known }) => known.equals(key))) return { kind: 'known' }
  if (plain[0]) return { kind: 'changed', where: (plain.find(({ type }) => type === keyType(key)) ?? plain[0]).where }
  const authority = own.find(({ marker }) => marker === 'authority')
  return authority ? { kind: 'authority', where: authority.where } : { kind: 'unknown' }
}

/** The types of key that are known of a host: asked for first, lest a key of another type look like a changed one. */
export function knownTypes(lines: readonly KnownHost[], name: string): string[] {
  return [...new Set(lines.flatMap(({ marker, hosts, type }) => (marker === null && isFor(hosts, name) ? type : [])))]
}

function isFor(hosts: string, name: string): boolean {
  if (hosts.startsWith('|1|')) return isHashOf(hosts, name)
  const patterns = hosts.toLowerCase().split(',')
  const fits = (pattern: string) => matchesPattern(pattern, name.toLowerCase())
  return !patterns.some((one) => one.startsWith('!') && fits(one.slice(1))) && patterns.some(fits)
}

/** `|1|salt|hash`: HMAC-SHA1 of the name (OpenSSH's hostfile.c). */
function isHashOf(hashed: string, name: string): boolean {
  const [, , salt = '', hash = ''] = hashed.split('|')
  return createHmac('sha1', Buffer.from(salt, 'base64'))
    .update(name.toLowerCase())
    .digest()
    .equals(Buffer.from(hash, 'base64'))
}

/** `*` and `?` only (ssh_config(5), PATTERNS); linear, whatever a file holds. */
function matchesPattern(pattern: string, name: string): boolean {
  let [p, n, star, mark] = [0, 0, -1, 0]
  while (n < name.length) {
    if (pattern[p] === '*') [star, mark] = [p++, n]
    else if (pattern[p] === '?' || pattern[p] === name[n]) [p, n] = [p + 1, n + 1]
    else if (star >= 0) [p, n] = [star + 1, ++mark]
    else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
