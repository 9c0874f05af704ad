import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import { Client, type ServerHostKeyAlgorithm } from 'ssh2'
import type { Io } from '../../model/io.ts'
import { ReachError } from '../way.ts'
import { type HostTarget, lookUp, parseTarget, type SshHost } from './host.ts'
import { type AskPassphrase, Identities } from './identities.ts'
import {
  type HostKeyVerdict,
  judgeHostKey,
  type KnownHost,
  keyType,
  knownTypes,
  parseKnownHosts,
} from './known-hosts.ts'
import { expandHome } from './settings.ts'

export interface SshOptions {
  /** `--ssh-config` */
  configFile: string | undefined
  /** `--ssh-key`: offered before all others, on the way too. */
  keys: readonly string[]
  /** `--ssh-jump`: instead of what the configuration says; empty: as it says. */
  jumps: readonly string[]
  /** `--ssh-known-hosts`: instead of the configuration's files. */
  knownHosts: string | undefined
  acceptNew: boolean
  /** It may name the agent. */
  env: Io['env']
  ask: AskPassphrase
  /** Words for stderr that stay though it be quiet. */
  warn(words: string): void
}

export interface ConnectLimits {
  timeoutMs: number
  signal: AbortSignal
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
    return this.open(host, await forward(bastion, last, host, limits), limits)
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

  private open(host: SshHost, sock: Duplex | null, { timeoutMs, signal }: ConnectLimits): Promise<Client> {
    const client = new Client()
    // A bastion is watched by every node behind it.
    client.setMaxListeners(0)
    this.clients.add(client)
    const lines = this.knownHosts(host)
    const types = algorithmsFor(knownTypes(lines, host.keyName))
    const { agent, tried } = this.identities.offer({
      agent: host.agent,
      files: [...new Set([...this.options.keys.map(expandHome), ...host.identityFiles])],
      onlyFiles: host.identitiesOnly,
    })
    return new Promise((resolve, reject) => {
      let refusal: ReachError | null = null
      let signing: Error | null = null
      const settle = (finish: () => void) => {
        signal.removeEventListener('abort', onAbort)
        finish()
      }
      const fail = (error: Error) =>
        settle(() => {
          client.destroy()
          sock?.destroy()
          this.clients.delete(client)
          reject(error)
        })
      const onAbort = () => fail(signal.reason as Error)
      signal.addEventListener('abort', onAbort, { once: true })
      client.on('ready', () => settle(() => resolve(client)))
      client.on('close', () => {
        this.clients.delete(client)
        fail(refusal ?? new ReachError(`${host.name}: the connection was closed before it was ready`))
      })
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
          refusal = this.judge(host, lines, key)
          return refusal === null
        },
        agent,
        authHandler: ['agent'],
      })
    })
  }

  private knownHosts(host: SshHost): KnownHost[] {
    return this.filesOf(host).flatMap((file) =>
      existsSync(file) ? parseKnownHosts(readFileSync(file, 'utf8'), file) : [],
    )
  }

  private filesOf({ knownHostsFiles }: SshHost): string[] {
    return this.options.knownHosts ? [expandHome(this.options.knownHosts)] : knownHostsFiles
  }

  /** Null for a host key that may be trusted. */
  private judge(host: SshHost, lines: readonly KnownHost[], key: Buffer): ReachError | null {
    const verdict = judgeHostKey(lines, host.keyName, key)
    if (verdict.kind === 'known') return null
    if (verdict.kind === 'unknown' && (this.options.acceptNew || host.acceptNew)) return this.remember(host, key)
    return refusalOf(verdict, host)
  }

  /** Writes a new key down, so that another one is noticed the next time; what cannot be written is said. */
  private remember(host: SshHost, key: Buffer): null {
    const [file] = this.filesOf(host)
    try {
      if (!file) throw new Error('no known_hosts file is set')
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
      const start = text === '' || text.endsWith('\n') ? '' : '\n'
      appendFileSync(file, `${start}${host.keyName} ${keyType(key)} ${key.toString('base64')}\n`, { mode: 0o600 })
      this.options.warn(`the new host key of ${host.keyName} was added to ${file}`)
    } catch (error) {
      this.options.warn(
        `the new host key of ${host.keyName} was accepted, but not remembered: ${(error as Error).message}`,
      )
    }
    return null
  }
}

/** A stream through a bastion to the next host's SSH port. */
function forward(bastion: Client, name: string, host: SshHost, { timeoutMs }: ConnectLimits): Promise<Duplex> {
  const to = `${host.hostName} port ${host.port}`
  return new Promise((resolve, reject) => {
    const refuse = (why: string) => {
      release()
      const hint = `is the address right (--ssh-address), and does ${name} allow forwarding (AllowTcpForwarding)?`
      reject(new ReachError(`${host.name}: ${name} does not lead on to ${to}: ${why}`, { hint }))
    }
    const onClose = () => refuse('its connection was closed')
    const timer = setTimeout(() => refuse(`no answer within ${timeoutMs / 1000} s`), timeoutMs)
    const release = () => {
      clearTimeout(timer)
      bastion.off('close', onClose)
    }
    bastion.once('close', onClose)
    bastion.forwardOut('127.0.0.1', 0, host.hostName, host.port, (error, stream) => {
      if (error) return refuse(whyNot(error))
      release()
      return resolve(stream)
    })
  })
}

/** RFC 4254, 5.1: reason 1 is a server that forwards nothing, or not there. */
const whyNot = (error: Error & { reason?: unknown }): string =>
  error.reason === 1 ? 'forwarding is forbidden there' : error.message.replace('(SSH) ', '')

/** Types of known keys go first; an RSA key signs in three ways (RFC 8332). Undefined where nothing is known. */
function algorithmsFor(types: readonly string[]): ServerHostKeyAlgorithm[] | undefined {
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

function refusalOf(verdict: Exclude<HostKeyVerdict, { kind: 'known' }>, host: SshHost): ReachError {
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
    case 'authority':
      return new ReachError(
        `${name}: it is trusted by a certificate authority only (${verdict.where}), which cannot be checked here`,
        {
          hint: "add the host's own key to a file and name it with --ssh-known-hosts",
        },
      )
  }
}

/** ssh2's errors in words that help. */
function translated(
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
