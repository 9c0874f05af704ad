/** What keeps a connection from being made, in words that help. */
import { ReachError } from '../way.ts'
import type { SshHost } from './host.ts'
import type { HostKeyVerdict } from './known-hosts.ts'

/** A host key that is not trusted. */
export function refusalOf(verdict: Exclude<HostKeyVerdict, { kind: 'known' }>, host: SshHost): ReachError {
  const name = host.keyName
  switch (verdict.kind) {
    case 'unknown':
      return new ReachError(`${name}: its host key is in no known_hosts file`, {
        hint: `connect once with ssh and compare the key, name a file with --ssh-known-hosts, or take it with --ssh-accept-new`,
      })
    case 'changed':
      return new ReachError(
        `${name}: ITS HOST KEY IS NOT THE KNOWN ONE (${verdict.where}): another machine may be answering`,
        {
          hint: `if the machine was made anew, remove the old key: ssh-keygen -R ${JSON.stringify(name)}`,
        },
      )
    case 'revoked':
      return new ReachError(`${name}: its host key is revoked (${verdict.where})`)
    case 'unreadable':
      return new ReachError(
        `${name}: whether its host key is revoked cannot be told: ${verdict.where}: ${verdict.why}`,
        {
          hint: 'see RevokedHostKeys in the SSH configuration; a text file with a public key a line is read here',
        },
      )
    case 'authority':
      return new ReachError(
        `${name}: it is trusted by a certificate authority only (${verdict.where}), which cannot be checked here`,
        {
          hint: "add the host's own key to a file and name it with --ssh-known-hosts",
        },
      )
  }
}

/** ssh2's own errors. `tried`: the keys that were offered. */
export function translated(
  error: Error & { level?: string; code?: string },
  host: SshHost,
  tried: readonly string[],
): ReachError {
  const at = `${host.user}@${host.name}`
  if (error.level === 'client-authentication') {
    const keys = tried.length > 0 ? `tried ${tried.join(', ')}` : 'there is no agent and no key file'
    return new ReachError(`${at}: no key was accepted (${keys})`, {
      hint: 'name the user with --ssh-user or the key with --ssh-key',
    })
  }
  if (error.level === 'client-timeout') return new ReachError(`${at}: no answer from its SSH server in time`)
  const why = error.code === 'ECONNREFUSED' ? `nobody listens at ${host.hostName} port ${host.port}` : error.message
  return new ReachError(`${at}: ${why}`, {
    cause: error,
    ...(host.hostName === host.name ? {} : { hint: `it was looked for at ${host.hostName}` }),
  })
}
