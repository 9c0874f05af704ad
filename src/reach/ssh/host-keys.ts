/** Whether a host's key is trusted: what the files say of it, and what is done with one that is new. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemReason } from '../../model/errors.ts'
import type { ReachError } from '../way.ts'
import { refusalOf } from './errors.ts'
import type { SshHost } from './host.ts'
import {
  type HostKeyVerdict,
  judgeHostKey,
  type KnownHost,
  keyType,
  knownTypes,
  parseKnownHosts,
} from './known-hosts.ts'
import { revocationOf } from './revoked-keys.ts'
import { expandHome } from './settings.ts'

export interface HostKeyOptions {
  /** `--ssh-known-hosts`: instead of the configuration's files. */
  knownHosts: string | undefined
  acceptNew: boolean
  /** Words for stderr that stay though it be quiet. */
  warn(words: string): void
}

/** The trust in one host's keys. */
export class HostKeys {
  private readonly host: SshHost
  private readonly options: HostKeyOptions
  private readonly lines: readonly KnownHost[]

  constructor(host: SshHost, options: HostKeyOptions) {
    this.host = host
    this.options = options
    this.lines = this.files.flatMap((file) =>
      existsSync(file) ? parseKnownHosts(readFileSync(file, 'utf8'), file) : [],
    )
  }

  /** The types of the keys that are known of it. */
  get types(): string[] {
    return knownTypes(this.lines, this.host.keyName)
  }

  /** Null for a key that may be trusted. */
  judge(key: Buffer): ReachError | null {
    const verdict = this.verdictOn(key)
    if (verdict.kind === 'known') return null
    // A setting of the configuration takes no more than the flag does: a key of a host of which none is known.
    const takesNew = this.options.acceptNew || this.host.acceptNew
    return verdict.kind === 'unknown' && takesNew ? this.remember(key) : refusalOf(verdict, this.host)
  }

  private verdictOn(key: Buffer): HostKeyVerdict {
    // Whatever trusts it: a revoked key is refused (ssh_config(5), RevokedHostKeys).
    const { revokedKeysFile } = this.host
    const revoked = revokedKeysFile === null ? null : revocationOf(revokedKeysFile, key)
    return revoked ?? judgeHostKey(this.lines, this.host.keyName, key)
  }

  private get files(): string[] {
    const { knownHosts } = this.options
    return knownHosts ? [expandHome(knownHosts)] : this.host.knownHostsFiles
  }

  /** Writes a new key down, so that another one is noticed the next time; what cannot be written is said. */
  private remember(key: Buffer): null {
    const { keyName } = this.host
    const [file] = this.files
    try {
      if (!file) throw new Error('no known_hosts file is set')
      // Such as /dev/null, which keeps nothing.
      if (existsSync(file) && !statSync(file).isFile()) throw new Error(`${file} is no file that keeps it`)
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
      const start = text === '' || text.endsWith('\n') ? '' : '\n'
      appendFileSync(file, `${start}${keyName} ${keyType(key)} ${key.toString('base64')}\n`, { mode: 0o600 })
      this.options.warn(`the new host key of ${keyName} was added to ${file}`)
    } catch (error) {
      this.options.warn(`the new host key of ${keyName} was accepted, but not remembered: ${systemReason(error)}`)
    }
    return null
  }
}
