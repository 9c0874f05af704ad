import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printSave } from '../../../src/parse/iptables/print.ts'
import { parseSave } from '../../../src/parse/iptables/save.ts'
import { captureFiles, sample } from '../../fixtures.ts'

const saves = captureFiles((path) => /nodes\/[^/]+\/ip\w*-save\.txt$/.test(path))

describe('iptables-save of the captures', () => {
  test('there are dumps of every capture', async () => {
    const captures = new Set((await saves).map(({ capture }) => capture))
    expect(captures.size).toBe(8)
  })

  test('prints back byte for byte', async () => {
    for (const { capture, path, text } of await saves) {
      const printed = printSave(parseSave(text, path))
      // Not toBe: a failure would print megabytes.
      expect(printed === text, `${capture} ${path}`).toBe(true)
    }
  })

  test('holds no match or target that is not understood', async () => {
    const unknown = new Set<string>()
    for (const { path, text } of await saves) {
      for (const table of parseSave(text, path).tables) {
        for (const chain of table.chains.values()) {
          for (const rule of chain.rules) {
            for (const part of [...rule.matches, ...rule.actions]) if (part.kind === 'unknown') unknown.add(part.text)
          }
        }
      }
    }
    expect([...unknown]).toEqual([])
  })

  test('tells back end, family and time by the header', async () => {
    const read = async (capture: string, file: string) => {
      const found = (await saves).find((one) => one.capture === capture && one.path.endsWith(`n1/${file}`))!
      return parseSave(found.text, file)
    }
    const nft = await read('k8s-1.36-iptables-nft-bridge', 'iptables-save.txt')
    expect(nft).toMatchObject({ backend: 'nft', command: 'iptables-save -c', takenAt: 'Sat Nov 21 09:29:20 2026' })
    expect(nft.tables.map((table) => [table.name, table.family, table.whole])).toEqual([
      ['mangle', 'ip', true],
      ['filter', 'ip', true],
      ['nat', 'ip', true],
    ])
    expect((await read('k8s-1.20-iptables-legacy-bridge', 'iptables-save.txt')).backend).toBe('legacy')
    const six = await read('k8s-1.36-iptables-nft-dualstack-bridge', 'ip6tables-save.txt')
    expect(six.command).toBe('ip6tables-save -c')
    expect(six.tables.every((table) => table.family === 'ip6')).toBe(true)
  })
})

describe('one rule', () => {
  const rule = (line: string) => parseSave(`*nat\n${line}\nCOMMIT\n`, 'f').tables[0]!.chains.get('C')!.rules[0]!

  test('negation in both positions', () => {
    const port = { kind: 'port', side: 'destination', negated: true, ranges: [[80, 80]] }
    expect(rule('-A C -p tcp -m tcp ! --dport 80 -j ACCEPT').matches[1]).toEqual(port)
    expect(rule('-A C -p tcp -m tcp --dport ! 80 -j ACCEPT').matches[1]).toEqual(port)
    expect(rule('-A C -s ! 10.0.0.0/8 -j ACCEPT').matches[0]).toMatchObject({ negated: true, text: '10.0.0.0/8' })
  })

  test.each([
    ['-p tcp --dport 443', '-p tcp -m tcp --dport 443'],
    ['-p udp -m comment --comment dns --dport 53', '-p udp -m comment --comment dns -m udp --dport 53'],
    ['-m tcp -m comment --comment x -p tcp ! --dport 443', '-m tcp ! --dport 443 -m comment --comment x -p tcp'],
  ])('%s: the protocol loads its module', (short, long) => {
    const matches = (words: string) =>
      parseSave(`-A A ${words} -j DROP\n`, 'f').tables[0]!.chains.get('A')!.rules[0]!.matches
    expect(matches(short).toSorted(byKind)).toEqual(matches(long).toSorted(byKind))
    expect(matches(short).map(({ kind }) => kind)).not.toContain('unknown')
  })

  test('ports without a protocol are not understood, as iptables refuses them', () => {
    const [rule] = parseSave('-A A --dport 443 -j DROP\n', 'f').tables[0]!.chains.get('A')!.rules
    expect(rule!.matches.map(({ kind }) => kind)).toEqual(['unknown'])
  })

  test('a comment with quotes, spaces and a dash', () => {
    const line = '-A C -m comment --comment "a \\"b\\" -j DROP \\\\ c" -j ACCEPT'
    expect(rule(line)).toMatchObject({ comment: 'a "b" -j DROP \\ c', actions: [{ kind: 'accept' }], matches: [] })
    expect(printSave(parseSave(`*nat\n${line}\nCOMMIT\n`, 'f'))).toContain(line)
  })

  test.each([
    [
      '-j DNAT --to-destination 10.0.0.1-10.0.0.5:80-90 --random',
      { address: '10.0.0.1', addressEnd: '10.0.0.5', port: 80, portEnd: 90 },
    ],
    ['-j DNAT --to-destination [fd00:0::1]:8080', { address: 'fd00::1', addressEnd: null, port: 8080, portEnd: null }],
    ['-j DNAT --to-destination fd00::1', { address: 'fd00::1', port: null }],
    ['-j DNAT --to-destination :8080', { address: null, port: 8080 }],
    ['-j DNAT', { address: null, port: null }],
  ])('%s', (spec, target) => {
    expect(rule(`-A C -p tcp ${spec}`).actions).toMatchObject([{ kind: 'dnat', choices: [{ probability: 1, target }] }])
  })

  test.each([
    ['--set-xmark 0x4000/0x4000', 0xffffbfff, 0x4000],
    ['--set-xmark 0x4000/0x0', 0xffffffff, 0x4000],
    ['--set-mark 0x3/0x1', 0xfffffffc, 0x3],
    ['--and-mark 0xff', 0xff, 0],
    ['--or-mark 0x8000', 0xffff7fff, 0x8000],
    ['--xor-mark 0x1', 0xffffffff, 1],
  ])('MARK %s', (spec, and, xor) => {
    expect(rule(`-A C -j MARK ${spec}`).actions).toEqual([{ kind: 'mark', of: 'packet', and, xor }])
  })

  test.each([
    [
      '-m multiport --dports 80,443,8000:8080',
      {
        kind: 'port',
        ranges: [
          [80, 80],
          [443, 443],
          [8000, 8080],
        ],
      },
    ],
    ['-m physdev ! --physdev-is-in', { kind: 'bridgePort', test: 'is-in', negated: true }],
    [
      '-m set ! --match-set cali40 src',
      { kind: 'ipset', set: 'cali40', sides: ['source'], negated: true, exceptions: false },
    ],
    [
      '-m set --match-set a dst,src --return-nomatch',
      { kind: 'ipset', sides: ['destination', 'source'], exceptions: true },
    ],
    ['-m set --match-set a src ! --update-counters', { kind: 'ipset', set: 'a', negated: false }],
    ['-m set --match-set a src --packets-gt 5', { kind: 'unknown' }],
    ['-m statistic --mode nth --every 3 --packet 0', { kind: 'nth', every: 3 }],
    [
      '-m recent --rcheck --seconds 600 --reap --name X --mask 255.255.255.255 --rsource',
      { kind: 'recent', seconds: 600 },
    ],
    ['-m tcp --tcp-flags FIN,SYN,RST,ACK SYN', { kind: 'tcpFlags', mask: 23, set: 2 }],
    ['-m hashlimit --hashlimit-upto 3/min --hashlimit-name n', { kind: 'unknown' }],
  ])('%s', (spec, match) => {
    expect(rule(`-A C ${spec} -j DROP`).matches).toMatchObject([match])
  })

  test.each(['NFLOG --nflog-group 2', 'TCPMSS --clamp-mss-to-pmtu', 'LOG --log-prefix "a b"'])(
    '%s changes nothing',
    (target) => {
      expect(rule(`-A C -j ${target}`).actions).toMatchObject([{ kind: 'none' }])
    },
  )

  test('CONNMARK copies and sets', () => {
    expect(rule('-A C -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80').actions).toEqual([
      { kind: 'copyMark', direction: 'restore', mask: 0x80 },
    ])
    expect(rule('-A C -j CONNMARK --set-xmark 0x1/0x1').actions).toMatchObject([{ kind: 'mark', of: 'connection' }])
  })
})

describe('fragments and damage', () => {
  test('a fragment between *nat and COMMIT is not whole', () => {
    const [table] = parseSave(sample('k3s-flannel/iptables-save-fragments.txt'), 'f').tables
    expect(table).toMatchObject({ name: 'nat', whole: false })
    expect(table!.chains.get('KUBE-NODEPORTS')!.rules).toHaveLength(1)
  })

  test('iptables -S -v: the counter is an option, the table guessed', () => {
    const ruleset = parseSave(sample('k3s-flannel/iptables-S-v.txt'), 'f')
    const rules = ruleset.tables[0]!.chains.get('KUBE-SVC-MUSBZEOMK5UKWKKU')!.rules
    expect([ruleset.command, ruleset.tables[0]!.name]).toEqual(['iptables -S', 'nat'])
    expect(rules.map((one) => one.counter)).toEqual(Array(4).fill({ packets: 0, bytes: 0 }))
  })

  test('a dump cut within a line: its last rule is not believed', async () => {
    const text = '*nat\n:KUBE-SVC-A - [0:0]\n-A KUBE-SVC-A -j KUBE-SEP-B\n-A KUBE-SVC-A -j KUBE-SE'
    const ruleset = parseSave(text, 'f')
    expect(ruleset.problems[0]!.message).toMatch(/no COMMIT/)
    expect(ruleset.tables[0]!.whole).toBe(false)
    expect(ruleset.tables[0]!.chains.get('KUBE-SVC-A')!.rules.map((rule) => rule.actions[0]!.kind)).toEqual([
      'jump',
      'unknown',
    ])
  })

  test('CRLF line ends change nothing', () => {
    const text = sample('gke-1.2-kubenet/iptables-save-after.txt')
    const rules = (input: string) =>
      parseSave(input, 'f').tables.flatMap((table) =>
        [...table.chains.values()].flatMap((chain) => chain.rules.map((r) => r.actions)),
      )
    expect(rules(text.replaceAll('\n', '\r\n'))).toEqual(rules(text))
  })

  test('blanks at the ends of all lines change nothing', () => {
    const text = sample('gke-1.2-kubenet/iptables-save-after.txt')
    const padded = parseSave(text.replaceAll('\n', '   \n'), 'f')
    expect(padded.problems).toEqual([])
    const said = (ruleset: typeof padded) =>
      ruleset.tables.map(({ name, chains }) => [
        name,
        [...chains.values()].map((chain) => [
          chain.name,
          chain.declared,
          chain.policy,
          chain.rules.map((r) => [r.matches, r.actions]),
        ]),
      ])
    expect(said(padded)).toEqual(said(parseSave(text, 'f')))
  })

  test('two tables of iptables -S one after the other', () => {
    const text =
      '-P INPUT ACCEPT\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-A PREROUTING -j KUBE-SERVICES\n-N KUBE-SERVICES\n-A KUBE-SERVICES -j KUBE-SVC-A\n'
    expect(parseSave(text, 'f').tables.map((table) => table.name)).toEqual(['filter', 'nat'])
  })

  test('no junk throws, and every prefix of a dump parses', () => {
    const text = sample('gke-1.2-kubenet/iptables-save-after.txt')
    const force = (input: string) => {
      for (const table of parseSave(input, 'f').tables) {
        for (const chain of table.chains.values()) for (const rule of chain.rules) void rule.matches
      }
    }
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (junk) => force(junk)))
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('-A', 'C', '!', '"', '\\', '-m', 'tcp', '--dport', '-j', '[1:', ']', '*nat', '\n', ' ', ':X'),
        ),
        (words) => force(words.join(' ')),
      ),
    )
    fc.assert(fc.property(fc.nat({ max: text.length }), (end) => force(text.slice(0, end))))
  })

  test('what is printed reads back the same', () => {
    const word = fc.stringMatching(/^[\w ./:"'\\-]{1,20}$/)
    fc.assert(
      fc.property(word, fc.ipV4(), fc.nat(65535), fc.boolean(), (comment, address, port, negated) => {
        const quoted = /^[\w-]+$/.test(comment) ? comment : `"${comment.replaceAll(/["'\\]/g, '\\$&')}"`
        const line = `-A C ${negated ? '! ' : ''}-s ${address}/32 -p tcp -m comment --comment ${quoted} -m tcp --dport ${port} -j DROP`
        const text = `*filter\n:C - [0:0]\n${line}\nCOMMIT\n`
        const ruleset = parseSave(text, 'f')
        expect(ruleset.tables[0]!.chains.get('C')!.rules[0]!.comment).toBe(comment)
        expect(printSave(ruleset)).toBe(text)
      }),
    )
  })
})

test('the plain destination of a rule is what its matches say', async () => {
  let told = 0
  for (const { text, path } of await saves) {
    for (const table of parseSave(text, path).tables) {
      for (const rule of table.chains.get('KUBE-SERVICES')?.rules ?? []) {
        if (rule.plainDestination === undefined) continue
        told++
        const match = rule.matches.find((one) => one.kind === 'address' && one.side === 'destination')
        expect(match).toMatchObject({ negated: false, text: `${rule.plainDestination}/32` })
      }
    }
  }
  expect(told).toBeGreaterThan(5000)
  const plain = (line: string) =>
    parseSave(`*nat\n-A C ${line}\nCOMMIT\n`, 'f').tables[0]!.chains.get('C')!.rules[0]!.plainDestination
  expect(plain('-s 10.0.0.0/8 -d 10.1.1.1/32 -j ACCEPT')).toBe('10.1.1.1')
  expect(plain('! -d 10.1.1.1/32 -j ACCEPT')).toBeUndefined()
  expect(plain('-m comment --comment "x -d 10.1.1.1/32 y" -j ACCEPT')).toBeUndefined()
  expect(plain('-d 10.1.0.0/16 -m comment --comment "/32 " -j ACCEPT')).toBeUndefined()
})

const byKind = (one: { kind: string }, other: { kind: string }) => one.kind.localeCompare(other.kind)
