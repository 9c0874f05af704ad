import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { lookUp, parseTarget, type SshHost } from '../../../src/reach/ssh/host.ts'
import { sshSettings } from '../../../src/reach/ssh/settings.ts'
import { addressOf } from '../../../src/reach/ssh.ts'
import { isLeftOut } from '../../needs.ts'

describe('targets', () => {
  test.each([
    ['n1', { host: 'n1' }],
    ['core@n1', { host: 'n1', user: 'core' }],
    ['core@n1:2222', { host: 'n1', user: 'core', port: 2222 }],
    ['ssh://core@n1:2222/', { host: 'n1', user: 'core', port: 2222 }],
    ['10.0.0.1:22', { host: '10.0.0.1', port: 22 }],
    ['2001:db8::1', { host: '2001:db8::1' }],
    ['[2001:db8::1]:22', { host: '2001:db8::1', port: 22 }],
    ['a@corp@n1', null],
    ['n1:port', null],
    ['-oProxyCommand=x', null],
    ['n1 x', null],
    ['$(id)', null],
    ['', null],
  ])('%s', (text, target) => {
    if (target) expect(parseTarget(text)).toEqual({ user: undefined, port: undefined, ...target })
    else expect(() => parseTarget(text)).toThrow(/is no host/)
  })
})

describe('addresses of a node', () => {
  const node = {
    ...{ name: 'n1', podCIDRs: [], ready: true, operatingSystem: 'linux' },
    addresses: [
      { type: 'InternalIP', address: '10.0.0.1' },
      { type: 'Hostname', address: 'n1.local' },
    ],
  }
  test.each([
    ['internal', '10.0.0.1'],
    ['hostname', 'n1.local'],
    ['{name}.example.com', 'n1.example.com'],
    ['core@{internal}:2222', 'core@10.0.0.1:2222'],
  ])('%s: %s', (template, address) => expect(addressOf(node, template)).toBe(address))
  test('one that it has not, and one that there is not', () => {
    expect(() => addressOf(node, 'external')).toThrow('the API has no ExternalIP for it')
    expect(() => addressOf(node, '{zone}')).toThrow('{zone} is none of')
  })
})

describe('the configuration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'svcpath-sshconfig-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'more'))
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  write('more/10-a.conf', 'Host n1\n  User from-include\n  IdentityFile ~/.ssh/%r-key\n')
  write('more/20-b.conf', 'Host n1\n  User too-late\n')
  const file = write(
    'config',
    `Include ${folder}/more/*.conf ${folder}/not-there\n` +
      'Host jump\n  HostName bastion.example.com\n  Port 2200\n' +
      'Host n* !n9\n  ProxyJump jump,core@other:22\n  IdentitiesOnly yes\n  StrictHostKeyChecking accept-new\n' +
      'Host n2\n  HostName 10.0.0.2\n  HostKeyAlias two\n  IdentityAgent none\n' +
      'Host odd\n  ProxyCommand nc %h %p\n' +
      `Host *\n  User everybody\n  UserKnownHostsFile ${folder}/kh1 ~/kh2\n  IdentityFile ${folder}/id\n`,
  )
  const hosts = ['n1', 'n2', 'n9', 'jump', 'elsewhere']
  const look = (host: string, ssh: string): Promise<SshHost> =>
    lookUp({ host, user: undefined, port: undefined }, { configFile: file, env: process.env }, (query) =>
      sshSettings(query, ssh),
    )

  const without = isLeftOut('sshd')

  test.skipIf(without)('what OpenSSH says of it', async () => {
    const [n1, n2, n9, jump] = await Promise.all(hosts.map((host) => look(host, 'ssh')))
    expect(n1).toMatchObject({
      user: 'from-include',
      jumps: ['jump', 'core@other:22'],
      identitiesOnly: true,
      acceptNew: true,
    })
    expect(n1!.identityFiles[0]).toMatch(/^\/.*\/\.ssh\/from-include-key$/)
    expect(n2).toMatchObject({ hostName: '10.0.0.2', keyName: 'two', agent: null, user: 'everybody' })
    expect(n9).toMatchObject({ jumps: [], identitiesOnly: false, acceptNew: false })
    expect(jump).toMatchObject({ hostName: 'bastion.example.com', port: 2200, keyName: '[bastion.example.com]:2200' })
    expect(jump!.knownHostsFiles.slice(0, 2)).toEqual([`${folder}/kh1`, expect.stringMatching(/^\/.*\/kh2$/)])
  })

  test.skipIf(without).each(hosts)('%s: without an OpenSSH the same is read', async (host) => {
    vi.stubEnv('SSH_AUTH_SOCK', '/agent')
    expect(await look(host, '/nonexistent/ssh')).toEqual(await look(host, 'ssh'))
    vi.unstubAllEnvs()
  })

  test('a ProxyCommand is not run', async () => {
    await expect(look('odd', '/nonexistent/ssh')).rejects.toThrow(
      /odd is reached by a ProxyCommand, which is not run here/,
    )
  })

  test('files that include each other, one that is not there, one that is junk', async () => {
    const circle = write('circle', `Include ${folder}/circle\n`)
    const settings = (configFile: string) =>
      sshSettings({ host: 'n1', user: undefined, port: undefined, configFile }, '/nonexistent/ssh')
    await expect(settings(circle)).rejects.toThrow(/include each other/)
    await expect(settings(`${folder}/none`)).rejects.toThrow(/cannot be read/)
    const junk = write('junk', '\u0000\u0001Host "\nMatch\nfoo')
    await settings(junk).then(
      () => undefined,
      (error: Error) => expect(error.message).toMatch(/cannot be read/),
    )
  })

  test.skipIf(without)('what OpenSSH cannot read is told in its words', async () => {
    const bad = write('bad', 'NoSuchOption yes\n')
    await expect(sshSettings({ host: 'n1', user: undefined, port: undefined, configFile: bad })).rejects.toThrow(
      /ssh -G n1: .*/,
    )
  })
})
