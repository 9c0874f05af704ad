/** Which keys of a host are trusted, by flags and by the configuration. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { lookUp } from '../../../src/reach/ssh/host.ts'
import { HostKeys } from '../../../src/reach/ssh/host-keys.ts'

const scratch = mkdtempSync(join(tmpdir(), 'svcpath-host-keys-'))
afterAll(() => rmSync(scratch, { recursive: true }))
let files = 0
function write(text: string | Buffer): string {
  const file = join(scratch, `file${++files}`)
  writeFileSync(file, text)
  return file
}

function makeKey(): Buffer {
  const type = Buffer.from('ssh-ed25519')
  return Buffer.concat([Buffer.from([0, 0, 0, type.length]), type, randomBytes(32)])
}
const key = makeKey()
const other = makeKey()
const line = (one: Buffer, names = 'n1 ') => `${names}ssh-ed25519 ${one.toString('base64')} somebody\n`

/** What becomes of a key that n1 shows, by the settings of its configuration. */
async function shown(settings: Record<string, string>, flags = { acceptNew: false }) {
  const host = await lookUp(
    { host: 'n1', user: 'root', port: undefined },
    { configFile: undefined, env: {} },
    async () => {
      return new Map(
        Object.entries({ hostname: 'n1', user: 'root', port: '22', ...settings }).map(([k, v]) => [k, [v]]),
      )
    },
  )
  const warnings: string[] = []
  const keys = new HostKeys(host, { knownHosts: undefined, ...flags, warn: (words) => warnings.push(words) })
  return { error: keys.judge(key), warnings }
}

describe('RevokedHostKeys', () => {
  const known = write(line(key))

  test('a key of the file is refused though it is known, or would be taken', async () => {
    const revokedhostkeys = write(`# lost\n\n${line(other, '')}${line(key, '')}`)
    const { error } = await shown({ userknownhostsfile: known, revokedhostkeys }, { acceptNew: true })
    expect(error?.message).toBe(`n1: its host key is revoked (${revokedhostkeys} line 4)`)
  })

  test('another key is not, nor one that is only commented out', async () => {
    const revokedhostkeys = write(`${line(other, '')}#${line(key, '')}`)
    expect((await shown({ userknownhostsfile: known, revokedhostkeys })).error).toBeNull()
    expect((await shown({ userknownhostsfile: known, revokedhostkeys: 'none' })).error).toBeNull()
  })

  test.each([
    ['a file that is not there', join(scratch, 'not-there'), /no such file/],
    ['a folder', scratch, /directory/],
    ['a binary list', write(Buffer.from('SSHKRL\n\0rest')), /key revocation list/],
  ])('%s refuses every key', async (_, revokedhostkeys, why) => {
    const { error } = await shown({ userknownhostsfile: known, revokedhostkeys })
    expect(error?.message).toMatch(why)
  })
})

describe.each(['no', 'off', 'false', 'accept-new'])('StrictHostKeyChecking %s', (stricthostkeychecking) => {
  test.each([
    ['a key of a host of which none is known', '', true],
    ['a changed key', line(other), false],
    ['a revoked key', `@revoked ${line(key)}`, false],
    ['a host that an authority vouches for', `@cert-authority ${line(other)}`, false],
  ])('%s: as with --ssh-accept-new', async (_, text, taken) => {
    const asked = await shown({ userknownhostsfile: write(text), stricthostkeychecking })
    const flagged = await shown({ userknownhostsfile: write(text) }, { acceptNew: true })
    expect([asked.error === null, flagged.error === null]).toEqual([taken, taken])
  })

  test('the key is written down, and another is refused the next time', async () => {
    const userknownhostsfile = join(scratch, `new-${stricthostkeychecking}`)
    await shown({ userknownhostsfile, stricthostkeychecking })
    expect(readFileSync(userknownhostsfile, 'utf8')).toBe(`n1 ssh-ed25519 ${key.toString('base64')}\n`)
    writeFileSync(userknownhostsfile, line(other))
    expect((await shown({ userknownhostsfile, stricthostkeychecking })).error?.message).toMatch(/NOT THE KNOWN ONE/)
  })

  test('what keeps nothing is not said to', async () => {
    const { error, warnings } = await shown({ userknownhostsfile: '/dev/null', stricthostkeychecking })
    expect([error, warnings]).toEqual([null, [expect.stringMatching(/accepted, but not remembered/)]])
  })
})

test.each(['yes', 'ask', 'true'])('StrictHostKeyChecking %s takes no unknown key', async (stricthostkeychecking) => {
  const userknownhostsfile = join(scratch, 'never-made')
  const { error } = await shown({ userknownhostsfile, stricthostkeychecking })
  expect(error?.message).toMatch(/in no known_hosts file/)
  expect(existsSync(userknownhostsfile)).toBe(false)
})
