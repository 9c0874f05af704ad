import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { ReachError } from '../way.ts'
import { algorithmsFor } from './algorithms.ts'
import { translated } from './errors.ts'
import type { SshHost } from './host.ts'
import type { HostKeys } from './host-keys.ts'
import type { Identities } from './identities.ts'

export interface ConnectLimits {
  timeoutMs: number
  signal: AbortSignal
}

/** How one connection is made: through which stream (null: straight), with whose trust, with which keys. */
export interface Handshake {
  host: SshHost
  sock: Duplex | null
  hostKeys: HostKeys
  offer: ReturnType<Identities['offer']>
}

/** Makes a connection ready for use with a client that is new; that one is destroyed where it fails. */
export function shakeHands(
  client: Client,
  { host, sock, hostKeys, offer }: Handshake,
  limits: ConnectLimits,
): Promise<Client> {
  const { timeoutMs, signal } = limits
  const { agent, tried } = offer
  const types = algorithmsFor(hostKeys.types)
  return new Promise((resolve, reject) => {
    let refusal: ReachError | null = null
    let signing: Error | null = null
    const fail = (error: Error) => {
      signal.removeEventListener('abort', onAbort)
      client.destroy()
      sock?.destroy()
      reject(error)
    }
    const onAbort = () => fail(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    client.on('ready', () => {
      signal.removeEventListener('abort', onAbort)
      resolve(client)
    })
    client.on('close', () =>
      fail(refusal ?? new ReachError(`${host.name}: the connection was closed before it was ready`)),
    )
    client.on('error', (error: Error & { level?: string }) => {
      // That one key cannot sign ends nothing: the next is tried.
      if (error.level === 'agent') signing = error
      else fail(refusal ?? translated(error, host, signing ? [...tried, signing.message] : tried))
    })
    client.connect({
      ...(sock ? { sock } : { host: host.hostName, port: host.port }),
      username: host.user,
      readyTimeout: timeoutMs,
      // A node that falls silent is noticed, whatever its TCP does.
      keepaliveInterval: 5000,
      agentForward: false,
      ...(types ? { algorithms: { serverHostKey: types } } : {}),
      hostVerifier: (key: Buffer) => {
        refusal = hostKeys.judge(key)
        return refusal === null
      },
      agent,
      authHandler: ['agent'],
    })
  })
}
