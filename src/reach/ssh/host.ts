import type { Io } from '../../model/io.ts'
import { ReachError } from '../way.ts'
import { expandHome, type SettingsQuery, type SshSettings, sshSettings } from './settings.ts'

/** Where and how to connect, by the person's SSH configuration. */
export interface SshHost {
  /** What it was asked for by; errors call it so. */
  name: string
  hostName: string
  port: number
  user: string
  /** The name under which known_hosts has its key. */
  keyName: string
  identityFiles: string[]
  identitiesOnly: boolean
  /** The agent's socket; null for none. */
  agent: string | null
  /** The hosts on the way to it, nearest first, as `[user@]host[:port]`. */
  jumps: string[]
  knownHostsFiles: string[]
  /** RevokedHostKeys: keys that are refused whatever else trusts them; null for none. */
  revokedKeysFile: string | null
  /** An unknown host key is remembered rather than refused. */
  acceptNew: boolean
}

export interface HostTarget {
  host: string
  user: string | undefined
  port: number | undefined
}

/** `[user@]host[:port]` or `ssh://…`, as ProxyJump has it. Throws a ReachError for what is none. */
export function parseTarget(text: string): HostTarget {
  const [, user, bracketed, plain, port] =
    /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]]+)\]|([^:[\]@\s]+|[0-9a-f]*(?::[0-9a-f.]*){2,}))(?::(\d{1,5}))?\/?$/i.exec(
      text,
    ) ?? []
  return { host: checkedHost(bracketed ?? plain ?? '', text), user, port: port ? Number(port) : undefined }
}

/** A host's name goes into OpenSSH's arguments and its tokens into commands of the configuration: only what a name can hold. */
function checkedHost(host: string, text: string): string {
  if (/^[a-z0-9_:][a-z0-9_.:%-]*$/i.test(host)) return host
  throw new ReachError(`${JSON.stringify(text)} is no host's name or address`, {
    hint: 'see --ssh-address and --ssh-jump',
  })
}

/** Looks a host up in the configuration. Throws a ReachError for what cannot be followed here. */
export async function lookUp(
  { host, user, port }: HostTarget,
  { configFile, env }: { configFile: string | undefined; env: Io['env'] },
  settingsOf: (query: SettingsQuery) => Promise<SshSettings> = sshSettings,
): Promise<SshHost> {
  const settings = await settingsOf({ host: checkedHost(host, host), user, port, configFile })
  const one = (keyword: string): string | null => {
    const value = settings.get(keyword)?.[0]
    return value === undefined || value === 'none' ? null : value
  }
  if (one('proxycommand'))
    throw new ReachError(`${host} is reached by a ProxyCommand, which is not run here`, {
      hint: 'use ProxyJump in the SSH configuration, or --ssh-jump',
    })
  const hostName = one('hostname') ?? host
  const portNumber = Number(one('port') ?? 22)
  const login = one('user') ?? ''
  const strict = one('stricthostkeychecking')
  const revoked = one('revokedhostkeys')
  return {
    name: host,
    hostName,
    port: portNumber,
    user: login,
    // ssh_config(5), HostKeyAlias; sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: another port than 22 is a part of the name.
    keyName:
      one('hostkeyalias') ?? (portNumber === 22 ? hostName.toLowerCase() : `[${hostName.toLowerCase()}]:${portNumber}`),
    identityFiles: (settings.get('identityfile') ?? [])
      .filter((file) => file !== 'none')
      .map((file) => expandTokens(file, hostName, login)),
    identitiesOnly: one('identitiesonly') === 'yes',
    agent: agentOf(settings.get('identityagent')?.[0], env),
    jumps:
      one('proxyjump')
        ?.split(',')
        .map((jump) => jump.trim()) ?? [],
    knownHostsFiles: ['userknownhostsfile', 'globalknownhostsfile'].flatMap((keyword) =>
      (one(keyword) ?? '')
        .split(/\s+/)
        .filter((file) => file !== '')
        .map((file) => expandTokens(file, hostName, login)),
    ),
    revokedKeysFile: revoked === null ? null : expandTokens(revoked, hostName, login),
    // What OpenSSH takes silently for `no` and `off` is remembered here like accept-new; a changed key is never taken.
    acceptNew: strict !== null && ['accept-new', 'no', 'off', 'false'].includes(strict),
  }
}

/** The tokens of ssh_config(5) that paths of keys and known hosts use. */
function expandTokens(path: string, hostName: string, user: string): string {
  const values: Record<string, string> = { '%': '%', d: expandHome('~'), h: hostName, r: user }
  return expandHome(path.replaceAll(/%(.)/g, (token, letter: string) => values[letter] ?? token))
}

/** ssh_config(5), IdentityAgent; Windows' own agent listens on a pipe. */
function agentOf(setting: string | undefined, env: Io['env']): string | null {
  if (setting === 'none') return null
  const fromEnvironment = env.SSH_AUTH_SOCK || (process.platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : null)
  if (setting === undefined || setting === 'SSH_AUTH_SOCK') return fromEnvironment
  if (setting.startsWith('$')) return env[setting.slice(1).replaceAll(/[{}]/g, '')] ?? null
  return expandHome(setting)
}
