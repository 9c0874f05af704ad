/** Real SSH servers on loopback, each with keys and a folder of its own; they end with the test, however that ends. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { scratch } from '../../scratch.ts'

export interface Sshd {
  port: number
  /** Its line for a known_hosts file. */
  knownHost: string
  /** What it has logged so far. */
  log(): string
  stop(): void
}

/** A folder for the keys of one test file; `remove` ends all servers that were started in it. */
export class SshLab {
  private readonly folder = scratch('ssh')
  private readonly children: ChildProcess[] = []
  private made = 0

  /** Makes a key pair and gives its path. */
  key(name: string, { type = 'ed25519', passphrase = '' } = {}): string {
    const file = this.path(name)
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file])
    return file
  }

  path = (name: string): string => join(this.folder.path, name)

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text, { mode: 0o600 })
    return this.path(name)
  }

  /** A server that lets in whoever has one of the keys; `settings` are lines of sshd_config. */
  async start({
    keys,
    settings = [],
    hostKey = {},
  }: {
    keys: readonly string[]
    settings?: readonly string[]
    hostKey?: { type?: string }
  }): Promise<Sshd> {
    // sshd keeps what it does not need behind here, and Debian's package leaves its making to the service.
    mkdirSync('/run/sshd', { recursive: true })
    const name = `sshd-${this.made++}`
    const host = this.key(`${name}-host`, hostKey)
    const authorized = this.write(
      `${name}-authorized`,
      keys.map((file) => readFileSync(`${file}.pub`, 'utf8')).join(''),
    )
    const port = await freePort()
    const config = this.write(
      `${name}-config`,
      [
        ...settings,
        `ListenAddress 127.0.0.1:${port}`,
        `HostKey ${host}`,
        `AuthorizedKeysFile ${authorized}`,
        'PidFile none',
        'StrictModes no',
        'UsePAM no',
        'PasswordAuthentication no',
        'PermitRootLogin prohibit-password',
        'LogLevel VERBOSE',
        '',
      ].join('\n'),
    )
    // In the foreground, with a parent that ends it when the test's pipe closes.
    const child = spawn(
      'sh',
      ['-c', '/usr/sbin/sshd -D -e -f "$1" & trap "kill $!" EXIT; read -r _ || true', 'sh', config],
      {
        stdio: ['pipe', 'ignore', 'pipe'],
      },
    )
    this.children.push(child)
    let log = ''
    await new Promise<void>((resolve, reject) => {
      child.stderr!.on('data', (chunk: Buffer) => {
        log += chunk
        if (log.includes('Server listening')) resolve()
      })
      child.on('exit', () => reject(new Error(`sshd ended: ${log}`)))
    })
    const [type, base64] = readFileSync(`${host}.pub`, 'utf8').split(' ')
    return {
      port,
      knownHost: `[127.0.0.1]:${port} ${type} ${base64}\n`,
      log: () => log,
      stop: () => child.stdin!.end(),
    }
  }

  /** An agent that holds these keys, and its socket. */
  async agent(keys: readonly string[]): Promise<string> {
    const socket = this.path(`agent-${this.made++}`)
    const child = spawn('sh', ['-c', 'ssh-agent -D -a "$1" & trap "kill $!" EXIT; read -r _ || true', 'sh', socket], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.children.push(child)
    await new Promise((resolve) => child.stdout!.once('data', resolve))
    execFileSync('ssh-add', ['-q', ...keys], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'pipe' })
    return socket
  }

  remove(): void {
    for (const child of this.children) child.stdin!.end()
    this.folder.remove()
  }
}

export const me = userInfo().username

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
