import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeHostKey, keyType, knownTypes, parseKnownHosts } from '../../../src/reach/ssh/known-hosts.ts'

/** A key as SSH writes it: its type, then anything. */
function key(type: string, rest = randomBytes(32)): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  return Buffer.concat([length, Buffer.from(type), rest])
}

const ed = key('ssh-ed25519')
const rsa = key('ssh-rsa')
const line = (hosts: string, one: Buffer, marker = '') =>
  `${marker}${hosts} ${keyType(one)} ${one.toString('base64')} comment\n`
const judge = (text: string, name: string, one = ed) => judgeHostKey(parseKnownHosts(text, 'kh'), name, one)

describe('names', () => {
  test.each([
    ['n1', 'n1', true],
    ['N1', 'n1', true],
    ['n1,10.0.0.1', '10.0.0.1', true],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'example.com', false],
    ['n?', 'n1', true],
    ['n?', 'n10', false],
    ['*,!n1', 'n1', false],
    ['*,!n1', 'n2', true],
    ['!n1', 'n2', false],
    ['[n1]:2222', '[n1]:2222', true],
    ['n1', '[n1]:2222', false],
    ['[n1]:2222', 'n1', false],
    ['2001:db8::1', '2001:db8::1', true],
  ])('%s is for %s: %s', (hosts, name, known) => {
    expect(judge(line(hosts, ed), name).kind).toBe(known ? 'known' : 'unknown')
  })

  test('hashed', () => {
    const salt = randomBytes(20)
    const hash = createHmac('sha1', salt).update('[n1]:2222').digest('base64')
    const text = line(`|1|${salt.toString('base64')}|${hash}`, ed)
    expect(judge(text, '[n1]:2222')).toEqual({ kind: 'known' })
    expect(judge(text, 'n1')).toEqual({ kind: 'unknown' })
  })
})

describe('verdicts', () => {
  test('the line of the same type is named for a changed key', () => {
    const text = line('n1', rsa) + line('n1', key('ssh-ed25519'))
    expect(judge(text, 'n1')).toEqual({ kind: 'changed', where: 'kh line 2' })
  })
  test('a key of another type than the known one is no new host', () => {
    expect(judge(line('n1', rsa), 'n1').kind).toBe('changed')
  })
  test('a revoked key is refused though another line trusts it', () => {
    expect(judge(line('n1', ed) + line('*', ed, '@revoked '), 'n1')).toEqual({ kind: 'revoked', where: 'kh line 2' })
  })
  test('an authority beside the key itself does no harm; alone it is said', () => {
    const authority = line('*', rsa, '@cert-authority ')
    expect(judge(authority + line('n1', ed), 'n1')).toEqual({ kind: 'known' })
    expect(judge(authority, 'n1')).toEqual({ kind: 'authority', where: 'kh line 1' })
  })
  test('a marker that nobody knows trusts nobody', () => {
    expect(judge(line('n1', ed, '@maybe '), 'n1')).toEqual({ kind: 'unknown' })
  })
  test('which types to ask for', () => {
    const text = line('n1', rsa) + line('n1', ed) + line('n2', key('ecdsa-sha2-nistp256')) + line('n1', ed, '@revoked ')
    expect(knownTypes(parseKnownHosts(text, 'kh'), 'n1')).toEqual(['ssh-rsa', 'ssh-ed25519'])
  })
})

test('a line whose key is not of the type it names, comments and halves are passed over', () => {
  const bent = `n1 ssh-rsa ${ed.toString('base64')}\n# n1\n\nn1\nn1 ssh-ed25519\nn1 ssh-ed25519 !!!\n`
  expect(parseKnownHosts(bent, 'kh')).toEqual([])
})

test('no text breaks it, and no text makes a key known that it does not hold', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'n1',
      '|1|',
      '|1|x|y',
      '@revoked',
      '@cert-authority',
      '*',
      '!',
      ' ',
      '\n',
      '\r\n',
      'ssh-ed25519',
      'AAAA',
      '**?*',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.string(), (pieces, name) => {
      expect(judge(pieces.join(''), name).kind).not.toBe('known')
    }),
  )
})

test('patterns match as their regular expressions do', () => {
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '.', '*', '?'), { minLength: 1, maxLength: 8 })
    .map((all) => all.join(''))
  const name = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 8 }).map((all) => all.join(''))
  fc.assert(
    fc.property(pattern, name, (one, text) => {
      const source = one.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')
      expect(judge(line(one, ed), text).kind === 'known').toBe(new RegExp(`^${source}$`).test(text))
    }),
  )
})
