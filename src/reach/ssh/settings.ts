import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { ReachError } from '../way.ts'

/** What the configuration says of a host: keywords in lower case, each with the words of its lines, in order. */
export type SshSettings = ReadonlyMap<string, readonly string[]>

export interface SettingsQuery {
  host: string
  user: string | undefined
  port: number | undefined
  /** `ssh -F`; undefined: the person's file, then the system's. */
  configFile: string | undefined
}

/**
 * The settings of a host. OpenSSH itself is asked (`ssh -G`), since only it knows all of its configuration language; where there is none,
 * its files are read here: Host, Match, Include, and the first value of a keyword counts (ssh_config(5)). Throws a ReachError.
 */
export async function sshSettings(query: SettingsQuery, ssh = 'ssh'): Promise<SshSettings> {
  return (await askOpenSsh(query, ssh)) ?? (await readFiles(query))
}

/** Null where there is no OpenSSH. */
function askOpenSsh({ host, user, port, configFile }: SettingsQuery, ssh: string): Promise<SshSettings | null> {
  const words = [
    '-G',
    ...(configFile ? ['-F', configFile] : []),
    ...(user ? ['-l', user] : []),
    ...(port ? ['-p', String(port)] : []),
    '--',
    host,
  ]
  return new Promise((resolve, reject) => {
    const child = execFile(ssh, words, { timeout: 10_000, maxBuffer: 1 << 20 }, (error, stdout, stderr) => {
      if (!error) return resolve(settingsOf(stdout))
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return resolve(null)
      const words = stderr.trim().split('\n').at(-1) || error.message
      return reject(
        new ReachError(`ssh -G ${host}: ${words}`, {
          hint: 'mend the SSH configuration, or name another with --ssh-config',
        }),
      )
    })
    child.stdin?.end()
  })
}

/** `ssh -G` prints a keyword in lower case and its value, a line each. */
function settingsOf(text: string): SshSettings {
  const settings = new Map<string, string[]>()
  for (const line of text.split(/\r?\n/)) {
    const [, keyword, value] = /^(\S+) (.*)$/.exec(line) ?? []
    if (keyword && value !== undefined) settings.set(keyword, [...(settings.get(keyword) ?? []), value])
  }
  return settings
}

async function readFiles({ host, user, port, configFile }: SettingsQuery): Promise<SshSettings> {
  const { default: SSHConfig } = await import('ssh-config')
  const files = configFile ? [configFile] : [join(homedir(), '.ssh', 'config'), '/etc/ssh/ssh_config']
  let computed: Record<string, string | string[]>
  try {
    const text = files.map((file) => withIncludes(file, file === configFile, 0)).join('\n')
    // Commands of `Match exec` are left to OpenSSH, which knows when it is safe to run them.
    computed = SSHConfig.parse(text).compute(
      { Host: host, ...(user ? { User: user } : {}) },
      { ignoreCase: true, matchExec: false },
    )
  } catch (error) {
    const { message } = error as Error
    throw new ReachError(`the SSH configuration cannot be read: ${message}`, {
      hint: 'mend it, or name another with --ssh-config',
    })
  }
  const settings = new Map<string, string[]>([
    ['hostname', [host]],
    ['user', [userInfo().username]],
    ['port', ['22']],
    ['identityfile', DEFAULT_KEYS.map((name) => `~/.ssh/${name}`)],
    ['userknownhostsfile', ['~/.ssh/known_hosts ~/.ssh/known_hosts2']],
    ['globalknownhostsfile', ['/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2']],
  ])
  for (const [keyword, value] of Object.entries(computed)) {
    const words = typeof value === 'string' ? [value] : value
    settings.set(keyword.toLowerCase(), keyword.toLowerCase() === 'identityfile' ? words : [words.join(' ')])
  }
  if (user) settings.set('user', [user])
  if (port) settings.set('port', [String(port)])
  return settings
}

/** What ssh_config(5) names as the default of IdentityFile, less what ssh2 cannot use. */
const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ed25519']

/** Deeper than this OpenSSH itself gives up (readconf.c, READCONF_MAX_DEPTH). */
const MAX_DEPTH = 16

/** A file's text with what it includes in its place; a file that is not there is empty unless it was named by the person. */
function withIncludes(file: string, named: boolean, depth: number): string {
  if (depth > MAX_DEPTH) throw new Error(`${file}: too many files include each other`)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (named || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return ''
  }
  return text.replaceAll(/^[ \t]*include(?:[ \t]*=[ \t]*|[ \t]+)(.+)$/gim, (_, patterns: string) =>
    [...patterns.matchAll(/"([^"]*)"|(\S+)/g)]
      .flatMap(([, quoted, plain]) => globSync(fromHome(quoted ?? plain ?? '')).sort())
      .map((included) => withIncludes(included, false, depth + 1))
      .join('\n'),
  )
}

/** A path of the configuration: `~` is the home, and what is not absolute lies in ~/.ssh. */
function fromHome(path: string): string {
  const expanded = expandHome(path)
  return isAbsolute(expanded) ? expanded : join(homedir(), '.ssh', expanded)
}

export const expandHome = (path: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
