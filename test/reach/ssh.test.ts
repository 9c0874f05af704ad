import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type SshWayOptions, sshWay } from '../../src/reach/ssh.ts'
import { ReachError } from '../../src/reach/way.ts'
import { isLeftOut } from '../needs.ts'
import { node as nodeNamed, options } from './fake-api.ts'
import { me, type Sshd, SshLab } from './ssh/sshd.ts'

/** As long as the connection: nothing of it is left behind. */
const ENDLESS = 'while kill -0 $PPID; do sleep 0.2; done'

/** Limits that a slow machine does not meet. */
const patient = (signal?: AbortSignal) => options(signal, 60_000)

describe.skipIf(isLeftOut('sshd'))('a real sshd', () => {
  let lab: SshLab
  let key: string
  let other: string
  let server: Sshd
  const ways: { close(): Promise<void> }[] = []
  const warnings: string[] = []

  beforeAll(async () => {
    lab = new SshLab()
    key = lab.key('id')
    other = lab.key('other')
    server = await lab.start({ keys: [key] })
  })
  afterEach(async () => {
    for (const way of ways.splice(0)) await way.close()
    warnings.length = 0
  })
  afterAll(() => lab?.remove())

  let files = 0
  const config = (text = '') => lab.write(`config-${files++}`, text)
  const knownHosts = (...lines: string[]) => lab.write(`known-${files++}`, lines.join(''))
  const base = (): SshWayOptions => ({
    user: undefined,
    keys: [key],
    jumps: [],
    address: `ssh://127.0.0.1:${server.port}`,
    configFile: config('IdentityAgent none\nIdentityFile none\n'),
    knownHosts: knownHosts(server.knownHost),
    acceptNew: false,
    env: process.env,
    ask: async () => null,
    warn: (words) => warnings.push(words),
  })
  const run = (changes: Partial<SshWayOptions> = {}, script = 'id -u; echo $0', limits = {}) => {
    const way = sshWay({ ...base(), ...changes })
    ways.push(way)
    return way.run(nodeNamed('n1'), script, { ...patient(), ...limits })
  }
  const failure = async (changes: Partial<SshWayOptions>, script?: string, limits = {}): Promise<ReachError> => {
    const error = await run(changes, script, limits).then(
      () => null,
      (one: unknown) => one,
    )
    expect(error).toBeInstanceOf(ReachError)
    return error as ReachError
  }

  test('runs the script in a shell, as root, with its exit code and stderr', async () => {
    const output = await run({}, 'id -u; echo bad >&2; exit 3')
    expect(output).toMatchObject({ stderr: 'bad\n', exitCode: 3, truncated: false })
    expect(output.stdout.toString()).toBe('0\n')
  })

  test('ten megabytes of script output arrive whole; beyond the limit it ends, and says so', async () => {
    const big = 'head -c 10000000 /dev/zero'
    expect((await run({}, big, { maxBytes: 1e8 })).stdout.length).toBe(10_000_000)
    expect(await run({}, 'cat /dev/zero', { maxBytes: 100_000 })).toMatchObject({ truncated: true })
  })

  describe('keys', () => {
    test.each(['rsa', 'ecdsa', 'ed25519'])('%s, of a file and of an agent', async (type) => {
      const own = lab.key(`typed-${type}`, { type })
      const typed = await lab.start({ keys: [own], hostKey: { type } })
      const at = { address: `ssh://127.0.0.1:${typed.port}`, knownHosts: knownHosts(typed.knownHost) }
      expect((await run({ ...at, keys: [own] })).exitCode).toBe(0)
      const socket = await lab.agent([own])
      const configFile = config(`IdentityAgent ${socket}\nIdentityFile none\n`)
      expect((await run({ ...at, keys: [], configFile })).exitCode).toBe(0)
      typed.stop()
    })

    test('a key with a passphrase: asked for once, when the server has accepted the key', async () => {
      const locked = lab.key('locked', { passphrase: 'open sesame' })
      const second = await lab.start({ keys: [locked] })
      const at = { address: `ssh://127.0.0.1:${second.port}`, knownHosts: knownHosts(second.knownHost) }
      const asked: string[] = []
      const ask = async (question: string) => {
        asked.push(question)
        return 'open sesame'
      }
      const way = sshWay({ ...base(), ...at, keys: [other, locked], ask })
      ways.push(way)
      const [a, b] = await Promise.all([1, 2].map(() => way.run(nodeNamed('n1'), 'true', patient())))
      expect([a!.exitCode, b!.exitCode]).toEqual([0, 0])
      expect(asked).toEqual([`Passphrase of ${locked}: `])
      // Without a .pub beside it the file's own clear part tells the public half.
      execFileSync('rm', [`${locked}.pub`])
      expect((await run({ ...at, keys: [locked], ask })).exitCode).toBe(0)
      // A server that does not want it: nobody is asked.
      asked.length = 0
      await failure({ keys: [locked], ask })
      expect(asked).toEqual([])
      const wrong = await failure({ ...at, keys: [locked], ask: async () => 'wrong' })
      expect(wrong.message).toMatch(/the passphrase of .*locked is wrong/)
      const nobody = await failure({ ...at, keys: [locked], ask: async () => null })
      expect(nobody.message).toMatch(/locked has a passphrase, and there is no terminal to ask for it/)
      second.stop()
    })

    test('no key that the server takes: which were tried, and what to do', async () => {
      const error = await failure({ keys: [other, '/nonexistent/key'] })
      expect(error.message).toBe(`${me}@127.0.0.1: no key was accepted (tried ${other})`)
      expect(error.hint).toMatch(/--ssh-user.*--ssh-key/)
    })

    test('an agent that does not answer is said', async () => {
      const configFile = config('IdentityAgent /nonexistent/agent\nIdentityFile none\n')
      expect((await failure({ keys: [], configFile })).message).toMatch(/tried the agent \(it does not answer\)/)
    })
  })

  describe('host keys', () => {
    const line = () => server.knownHost
    const stranger = () => `[127.0.0.1]:${server.port} ${readFileSync(`${other}.pub`, 'utf8')}`

    test('unknown: refused, and nothing is written', async () => {
      const empty = knownHosts()
      const error = await failure({ knownHosts: empty })
      expect(error.message).toBe(`[127.0.0.1]:${server.port}: its host key is in no known_hosts file`)
      expect(error.hint).toMatch(/--ssh-accept-new/)
      expect(readFileSync(empty, 'utf8')).toBe('')
    })

    test('--ssh-accept-new remembers it, and refuses another one the next time', async () => {
      const file = knownHosts('# mine')
      expect((await run({ knownHosts: file, acceptNew: true })).exitCode).toBe(0)
      expect(readFileSync(file, 'utf8')).toBe(`# mine\n${line()}`)
      expect(warnings).toEqual([`the new host key of [127.0.0.1]:${server.port} was added to ${file}`])
      expect((await run({ knownHosts: file })).exitCode).toBe(0)
      writeFileSync(file, stranger())
      const error = await failure({ knownHosts: file, acceptNew: true })
      expect(error.message).toContain(`ITS HOST KEY IS NOT THE KNOWN ONE (${file} line 1)`)
      expect(error.hint).toContain('ssh-keygen -R')
    })

    test('changed, revoked, or known by an authority only: refused, each with its own words', async () => {
      expect((await failure({ knownHosts: knownHosts(stranger()) })).message).toMatch(/NOT THE KNOWN ONE/)
      expect(
        (await failure({ knownHosts: knownHosts(line(), `@revoked * ${line().split(' ').slice(1).join(' ')}`) }))
          .message,
      ).toMatch(/is revoked/)
      const authority = `@cert-authority * ${readFileSync(`${other}.pub`, 'utf8')}`
      const error = await failure({ knownHosts: knownHosts(authority), acceptNew: true })
      expect(error.message).toMatch(/trusted by a certificate authority only/)
    })

    test('a name that OpenSSH itself has hashed', async () => {
      const file = knownHosts(line())
      execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'pipe' })
      expect(readFileSync(file, 'utf8')).toMatch(/^\|1\|/)
      expect((await run({ knownHosts: file })).exitCode).toBe(0)
    })

    test('a server with keys of several types shows the one that is known', async () => {
      const rsa = lab.key('second-host', { type: 'rsa' })
      const many = await lab.start({ keys: [key], settings: [`HostKey ${rsa}`] })
      const known = knownHosts(`[127.0.0.1]:${many.port} ${readFileSync(`${rsa}.pub`, 'utf8')}`)
      expect((await run({ address: `ssh://127.0.0.1:${many.port}`, knownHosts: known })).exitCode).toBe(0)
      many.stop()
    })
  })

  describe('bastions', () => {
    let bastion: Sshd
    let inner: Sshd
    let closed: Sshd
    beforeAll(async () => {
      ;[bastion, inner, closed] = await Promise.all([
        lab.start({ keys: [key] }),
        lab.start({ keys: [key] }),
        lab.start({ keys: [key], settings: ['AllowTcpForwarding no'] }),
      ])
    })
    const known = () => knownHosts(server.knownHost, bastion.knownHost, inner.knownHost, closed.knownHost)
    const count = (text: string, word: string) => text.split(word).length - 1

    test('two deep by --ssh-jump, shared by all nodes', async () => {
      const jumps = [`${me}@127.0.0.1:${bastion.port}`, `127.0.0.1:${inner.port}`]
      const way = sshWay({ ...base(), knownHosts: known(), jumps })
      ways.push(way)
      const outputs = await Promise.all(
        ['n1', 'n2', 'n3'].map((name) => way.run(nodeNamed(name), 'echo hi', patient())),
      )
      expect(outputs.map(({ stdout }) => stdout.toString())).toEqual(['hi\n', 'hi\n', 'hi\n'])
      expect(count(bastion.log(), 'Accepted publickey')).toBe(1)
      expect(count(inner.log(), 'Accepted publickey')).toBe(1)
    })

    test('by ProxyJump of the configuration, with its Host patterns, Include, User, Port and HostKeyAlias', async () => {
      const included = lab.write(
        'included',
        `Host inner\n  HostName 127.0.0.1\n  Port ${inner.port}\n  ProxyJump outer\n`,
      )
      const configFile = config(
        `Include ${included}\nHost outer\n  HostName 127.0.0.1\n  Port ${bastion.port}\nHost node-*\n  HostName 127.0.0.1\n  Port ${server.port}\n  HostKeyAlias the-node\n  ProxyJump inner\nHost *\n  User ${me}\n  IdentityAgent none\n  IdentityFile ${key}\n`,
      )
      const alias = server.knownHost.replace(/^\S+/, 'the-node')
      const names = knownHosts(bastion.knownHost, inner.knownHost, alias)
      const output = await run({ keys: [], configFile, address: 'node-{name}', knownHosts: names })
      expect(output.exitCode).toBe(0)
    })

    test('one that forwards nothing says so', async () => {
      const error = await failure({ knownHosts: known(), jumps: [`127.0.0.1:${closed.port}`] })
      expect(error.message).toMatch(/does not lead on to 127\.0\.0\.1 port \d+: .*forwarding is forbidden there/)
      expect(error.hint).toMatch(/AllowTcpForwarding/)
    })

    test('one that refuses us, one that is not there, a circle', async () => {
      const refused = await failure({ knownHosts: known(), keys: [other], jumps: [`127.0.0.1:${bastion.port}`] })
      expect(refused.message).toMatch(/no key was accepted/)
      expect((await failure({ jumps: ['127.0.0.1:1'] })).message).toMatch(/nobody listens at 127\.0\.0\.1 port 1/)
      const configFile = config('Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n')
      expect((await failure({ configFile, address: 'a' })).message).toMatch(/circle/)
    })
  })

  describe('what can go wrong', () => {
    test('a server that is silent: an error in time', async () => {
      const silent = net.createServer(() => {}).listen(0, '127.0.0.1')
      await new Promise((resolve) => silent.once('listening', resolve))
      const { port } = silent.address() as AddressInfo
      const error = await failure({ address: `ssh://127.0.0.1:${port}` }, 'true', { timeoutMs: 300 })
      expect(error.message).toMatch(/no answer|no connection within/)
      silent.close()
    })

    test('a server that speaks something else', async () => {
      const web = net
        .createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'))
        .listen(0, '127.0.0.1')
      await new Promise((resolve) => web.once('listening', resolve))
      const { port } = web.address() as AddressInfo
      expect((await failure({ address: `ssh://127.0.0.1:${port}` })).message).toMatch(/127\.0\.0\.1/)
      web.close()
    })

    test('a script that does not end: an error in time', async () => {
      // Longer each time, until it suffices to connect.
      let timeoutMs = 500
      const told = async () => {
        timeoutMs *= 2
        return (await failure({}, ENDLESS, { timeoutMs })).message
      }
      await expect.poll(told).toMatch(/no answer in time/)
    })

    test('a server that dies in the midst of the answer', async () => {
      const dying = await lab.start({ keys: [key] })
      const at = { address: `ssh://127.0.0.1:${dying.port}`, knownHosts: knownHosts(dying.knownHost) }
      const error = await failure(at, 'echo half; kill -9 $(ps -o ppid= -p $PPID) $PPID; sleep 5')
      expect(error.message).toMatch(/lost in the midst/)
      dying.stop()
    })

    test('an interrupt ends it at once', async () => {
      const controller = new AbortController()
      const why = new Error('stopped')
      const way = sshWay(base())
      ways.push(way)
      const sessions = () => server.log().split('Starting session').length
      const before = sessions()
      const running = expect(way.run(nodeNamed('n1'), ENDLESS, patient(controller.signal))).rejects.toBe(why)
      await expect.poll(sessions).toBeGreaterThan(before)
      controller.abort(why)
      await running
    })

    test('a user that is not root gets sudo -n; where that asks for a password, it is said', async () => {
      const bin = lab.path('bin')
      mkdirSync(bin)
      const put = (name: string, text: string) => {
        writeFileSync(`${bin}/${name}`, `#!/bin/sh\n${text}\n`)
        chmodSync(`${bin}/${name}`, 0o755)
      }
      put('id', 'echo 1000')
      put('sudo', 'echo "sudo: a password is required" >&2; exit 1')
      const plain = await lab.start({ keys: [key], settings: [`SetEnv PATH=${bin}:/usr/bin:/bin`] })
      const at = { address: `ssh://127.0.0.1:${plain.port}`, knownHosts: knownHosts(plain.knownHost) }
      const error = await failure(at)
      expect(error.message).toBe('sudo -n: sudo: a password is required')
      expect(error.hint).toMatch(/--ssh-user/)
      put('sudo', 'test "$1" = -n && shift && echo by sudo && exec "$@"')
      expect((await run(at, 'echo "$0"')).stdout.toString()).toBe('by sudo\nsh\n')
      plain.stop()
    })

    test.each(['$(reboot)', '-oProxyCommand=reboot', 'a b', '`id`', "n'1", 'n1;reboot', ''])(
      'a node called %j reaches no shell',
      async (name) => {
        const way = sshWay({ ...base(), address: '{name}' })
        ways.push(way)
        await expect(way.run(nodeNamed(name), 'true', patient())).rejects.toThrow('is no host')
      },
    )
  })
})
