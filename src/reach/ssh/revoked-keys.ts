import { readFileSync } from 'node:fs'
import { systemReason } from '../../model/errors.ts'
import type { HostKeyVerdict } from './known-hosts.ts'

/**
 * What a file of RevokedHostKeys says of a key; null where it does not revoke it. As OpenSSH does, every key is refused where the file cannot be read
 * (ssh_config(5)), and here also where it is a list of OpenSSH's binary form, which only ssh-keygen reads.
 */
export function revocationOf(file: string, key: Buffer): HostKeyVerdict | null {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    return { kind: 'unreadable', where: file, why: systemReason(error) }
  }
  if (bytes.subarray(0, BINARY.length).equals(BINARY))
    return { kind: 'unreadable', where: file, why: 'it is a key revocation list, which cannot be read here' }
  const line = bytes
    .toString('utf8')
    .split(/\r?\n/)
    .findIndex((text) => isLineOf(text, key))
  return line < 0 ? null : { kind: 'revoked', where: `${file} line ${line + 1}` }
}

/** KRL_MAGIC of OpenSSH's PROTOCOL.krl. */
const BINARY = Buffer.from('SSHKRL\n\0', 'latin1')

/** A public key a line: `ssh-ed25519 AAAA… comment`. */
const isLineOf = (text: string, key: Buffer): boolean => {
  const words = text.trim().split(/[ \t]+/)
  return !text.trim().startsWith('#') && words.some((word) => Buffer.from(word, 'base64').equals(key))
}
