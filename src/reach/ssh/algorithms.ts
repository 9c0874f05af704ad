import type { ServerHostKeyAlgorithm } from 'ssh2'

/** Types of known keys go first; an RSA key signs in three ways (RFC 8332). Undefined where nothing is known. */
export function algorithmsFor(types: readonly string[]): ServerHostKeyAlgorithm[] | undefined {
  const known = types.flatMap((type) =>
    type === 'ssh-rsa' ? RSA : ALL.includes(type as ServerHostKeyAlgorithm) ? [type as ServerHostKeyAlgorithm] : [],
  )
  return known.length > 0 ? [...new Set([...known, ...ALL])] : undefined
}

const RSA: ServerHostKeyAlgorithm[] = ['rsa-sha2-512', 'rsa-sha2-256']
const ALL: ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  ...RSA,
]
