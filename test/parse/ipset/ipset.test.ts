import { describe, expect, it, test } from 'vitest'
import type { IpSet } from '../../../src/model/ipset.ts'
import { parseIpsets } from '../../../src/parse/ipset/ipset.ts'
import { recognise } from '../../../src/parse/recognise.ts'
import { captureFiles, IPVS_CAPTURES } from '../../fixtures.ts'
import { survivesJunk } from '../host/fixture.ts'

const dumps = await captureFiles((path) => /\/ipset(-list)?\.txt$/.test(path), IPVS_CAPTURES)

const read = (text: string): IpSet[] => {
  const { items, problems } = parseIpsets(text, 'f')
  expect(problems).toEqual([])
  return items
}

describe.each(dumps.filter(({ path }) => path.endsWith('ipset.txt')))('$capture $path', ({ capture, path, text }) => {
  it('gives back every member as it was', () => {
    const added = read(text).flatMap(({ name, members }) => members!.map((member) => `add ${name} ${member.text}`))
    expect(added).toEqual(text.split('\n').filter((line) => line.startsWith('add ')))
    expect(read(text).map(({ name, type }) => `${name} ${type}`)).toEqual(
      [...text.matchAll(/^create (\S+ \S+)/gm)].map(([, words]) => words),
    )
    expect(recognise(text)).toBe('ipset')
  })

  it('reads the same from ipset list', () => {
    const list = dumps.find(
      (other) => other.capture === capture && other.path === path.replace('ipset.txt', 'ipset-list.txt'),
    )!
    const bare = (sets: IpSet[]) =>
      sets.map(({ source, members, ...set }) => ({
        ...set,
        members: members!.map(({ line, ...member }) => member).sort((a, b) => (a.text < b.text ? -1 : 1)),
      }))
    const byName = (a: IpSet, b: IpSet) => (a.name < b.name ? -1 : 1)
    expect(bare(read(list.text).sort(byName))).toEqual(bare(read(text).sort(byName)))
    expect(recognise(list.text)).toBe('ipset')
  })
})

/** What ipset 7.17 printed on Linux 6.18. */
const SAVED = `create a hash:net,iface family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x3936fea6
add a 10.1.0.0/16,physdev:eth1
add a 10.2.0.0/16,cal wildcard
add a 10.0.0.0/8,eth0
add a 10.1.0.0/16,eth0 nomatch
create b hash:ip family inet hashsize 1024 maxelem 65536 timeout 300 counters comment bucketsize 12 initval 0x6757cf34
add b 10.0.0.1 timeout 0 packets 0 bytes 0 comment "a nomatch"
add b 10.0.0.2 timeout 299 packets 0 bytes 0 comment "x y"
create bn hash:net family inet hashsize 1024 maxelem 65536 comment bucketsize 12 initval 0xc44e8052
add bn 10.1.0.0/16 nomatch comment "foo"
create c hash:ip,port family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0xf223198c
add c 10.0.0.1,vrrp:0
add c 10.0.0.1,99:0
add c 10.0.0.1,sctp:5
add c 10.0.0.1,icmp:echo-request
create e bitmap:port range 100-200
add e 120
create f hash:net family inet6 hashsize 1024 maxelem 65536 bucketsize 12 initval 0xc7c99f1d
add f 2001:db8::/32 nomatch
create g hash:ip family inet hashsize 1024 maxelem 65536 netmask 24 bucketsize 12 initval 0x9ec43dee
add g 10.1.2.0
create i bitmap:ip range 10.0.0.0-10.0.255.255 netmask 24
add i 10.0.3.0
create j hash:ip family inet hashsize 1024 maxelem 65536 bitmask 0.0.255.255 bucketsize 12 initval 0x53cabf7f
add j 0.0.1.2
create o bitmap:ip,mac range 10.0.0.0-10.0.0.255
add o 10.0.0.9
add o 10.0.0.10,00:11:22:33:44:55
create d list:set size 8
add d b
add d c
`

describe('every kind of member', () => {
  const sets = new Map(read(SAVED).map((set) => [set.name, set]))
  const parts = (name: string) => sets.get(name)!.members!.map((member) => member.parts.slice(1))

  it('reads options', () => {
    const options = (name: string) => sets.get(name)!.members!.map(({ nomatch, timeout }) => [nomatch, timeout])
    expect(options('b')).toEqual([
      [false, null],
      [false, 299],
    ])
    expect(options('bn')).toEqual([[true, null]])
    expect(options('f')).toEqual([[true, null]])
    expect(
      [...sets.values()].map(({ family, netmask, bitmask, timeout, range }) => [
        family,
        netmask,
        bitmask,
        timeout,
        range,
      ]),
    ).toEqual([
      [4, null, null, null, null],
      [4, null, null, 300, null],
      [4, null, null, null, null],
      [4, null, null, null, null],
      [null, null, null, null, '100-200'],
      [6, null, null, null, null],
      [4, 24, null, null, null],
      [4, 24, null, null, '10.0.0.0-10.0.255.255'],
      [4, null, '0.0.255.255', null, null],
      [4, null, null, null, '10.0.0.0-10.0.0.255'],
      [null, null, null, null, null],
    ])
  })

  it('reads interfaces, ports, MAC addresses and names', () => {
    expect(parts('a').flat()).toEqual([
      { kind: 'interface', name: 'eth1', physdev: true },
      { kind: 'interface', name: 'cal*', physdev: false },
      { kind: 'interface', name: 'eth0', physdev: false },
      { kind: 'interface', name: 'eth0', physdev: false },
    ])
    expect(parts('c').flat()).toEqual([
      { kind: 'port', protocol: 'vrrp', port: 0 },
      { kind: 'port', protocol: '99', port: 0 },
      { kind: 'port', protocol: 'sctp', port: 5 },
      { kind: 'port', protocol: 'icmp', port: null },
    ])
    expect(sets.get('e')!.members![0]!.parts).toEqual([{ kind: 'port', protocol: null, port: 120 }])
    expect(parts('o').flat()).toEqual([
      { kind: 'unknown', text: 'any' },
      { kind: 'unknown', text: '00:11:22:33:44:55' },
    ])
    expect(sets.get('d')!.members!.map((member) => member.parts)).toEqual([
      [{ kind: 'set', name: 'b' }],
      [{ kind: 'set', name: 'c' }],
    ])
  })

  it('takes apart what people write as a range', () => {
    const [set] = read('create x hash:ip,port\nadd x 10.0.0.2-10.0.0.4,tcp:80-81\n')
    expect(set!.members!.length).toBe(4)
  })
})

describe('what is not all there', () => {
  const LIST =
    'Name: b\nType: hash:ip\nRevision: 6\nHeader: family inet hashsize 1024\nReferences: 1\nNumber of entries: 2\n'

  test('members that were not asked for', () => {
    expect(read(LIST)).toMatchObject([{ name: 'b', members: null }])
  })

  test('members that are missing', () => {
    const { items, problems } = parseIpsets(`${LIST}Members:\n10.0.0.1\n`, 'f')
    expect(items).toMatchObject([{ members: null }])
    expect(problems).toMatchObject([{ line: 1, message: 'the set b has 2 members, of which 1 are here' }])
  })

  test('members that cannot be read', () => {
    const { items, problems } = parseIpsets('create x hash:ip\nadd x 10.0.0.1\nadd x 10.0.\nadd y 10.0.0.1\n', 'f')
    expect(items).toMatchObject([{ members: null }])
    expect(problems.map(({ line }) => line)).toEqual([3, 4])
  })
})

describe('junk', () => {
  survivesJunk(parseIpsets, SAVED)
})
