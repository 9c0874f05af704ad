import type { Duplex } from 'node:stream'
import { Client } from 'ssh2'
import type { Io } from '../../model/io.ts'
import { ReachError } from '../way.ts'
import { forward } from './forward.ts'
import { type ConnectLimits, shakeHands } from './handshake.ts'
import { type HostTarget, lookUp, parseTarget, type SshHost } from './host.ts'
import { type HostKeyOptions, HostKeys } from './host-keys.ts'
import { type AskPassphrase, Identities } from './identities.ts'
import { expandHome } from './settings.ts'

export interface SshOptions extends HostKeyOptions {
  /** `--ssh-config` */
  configFile: string | undefined
  /** `--ssh-key`: offered before all others, on the way too. */
  keys: readonly string[]
  /** `--ssh-jump`: instead of what the configuration says; empty: as it says. */
  jumps: readonly string[]
  /** It may name the agent. */
  env: Io['env']
  ask: AskPassphrase
}

/** Connections to hosts, and to the bastions before them, which are shared. */
export class SshConnections {
  private readonly options: SshOptions
  private readonly identities: Identities
  private readonly bastions = new Map<string, Promise<Client>>()
  private readonly clients = new Set<Client>()

  constructor(options: SshOptions) {
    this.options = options
    this.identities = new Identities(options.ask)
  }

  /** A connection of its own to a host, by way of its bastions. Throws a ReachError, in time whatever they do. */
  async connect(target: HostTarget, limits: ConnectLimits): Promise<Client> {
    const { promise, resolve, reject } = Promise.withResolvers<Client>()
    const late = () => reject(new ReachError(`${target.host}: no connection within ${limits.timeoutMs / 1000} s`))
    const timer = setTimeout(late, limits.timeoutMs)
    const onAbort = () => reject(limits.signal.reason as Error)
    limits.signal.addEventListener('abort', onAbort, { once: true })
    this.reach(target, limits).then(resolve, reject)
    return promise.finally(() => {
      clearTimeout(timer)
      limits.signal.removeEventListener('abort', onAbort)
    })
  }

  /** Ends all connections. Safe to call twice. */
  close(): void {
    for (const client of this.clients) client.end()
    for (const client of this.clients) client.destroy()
    this.clients.clear()
    this.bastions.clear()
  }

  private async reach(target: HostTarget, limits: ConnectLimits): Promise<Client> {
    const host = await lookUp(target, this.options)
    const { jumps } = this.options
    return this.through(host, jumps.length > 0 ? jumps : host.jumps, limits, [])
  }

  /** `trail`: the bastions that wait for this one. */
  private async through(
    host: SshHost,
    jumps: readonly string[],
    limits: ConnectLimits,
    trail: readonly string[],
  ): Promise<Client> {
    const last = jumps.at(-1)
    if (last === undefined) return this.open(host, null, limits)
    const bastion = await this.bastion(last, jumps.slice(0, -1), limits, trail)
    return this.open(host, await forward(bastion, last, host, limits.timeoutMs), limits)
  }

  /** The connection to a bastion, made once; one that failed or was lost is made anew. */
  private async bastion(
    text: string,
    before: readonly string[],
    limits: ConnectLimits,
    trail: readonly string[],
  ): Promise<Client> {
    const key = [...before, text].join(',')
    if (trail.includes(key)) throw new ReachError(`the bastions lead in a circle: ${[...trail, key].join(' → ')}`)
    const known = this.bastions.get(key)
    if (known) return known
    const made = (async () => {
      const host = await lookUp(parseTarget(text), this.options)
      // As OpenSSH does: a list replaces what the configuration says of all hosts in it but the first.
      return this.through(host, before.length > 0 ? before : host.jumps, limits, [...trail, key])
    })()
    const forget = () => this.bastions.delete(key)
    made.then((client) => client.once('close', forget), forget)
    this.bastions.set(key, made)
    return made
  }

  private async open(host: SshHost, sock: Duplex | null, limits: ConnectLimits): Promise<Client> {
    const client = new Client()
    // A bastion is watched by every node behind it.
    client.setMaxListeners(0)
    this.clients.add(client)
    client.once('close', () => this.clients.delete(client))
    try {
      const hostKeys = new HostKeys(host, this.options)
      const offer = this.identities.offer({
        agent: host.agent,
        files: [...new Set([...this.options.keys.map(expandHome), ...host.identityFiles])],
        onlyFiles: host.identitiesOnly,
      })
      return await shakeHands(client, { host, sock, hostKeys, offer }, limits)
    } catch (error) {
      this.clients.delete(client)
      throw error
    }
  }
}
