import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/capture/limits.ts'
import { readSources } from '../../src/capture/read.ts'
import { archive, contents, contentsOf, tarOf } from './capture.ts'

describe('a recorded capture', () => {
  it('is read whole, with the .gz files in it', async () => {
    const path = new URL('../fixtures/k8s-1.36-iptables-nft-5000-services.tgz', import.meta.url).pathname
    const { texts, messages } = await contents(path)
    expect(messages).toEqual([])
    expect(Object.keys(texts).sort()).toEqual([
      'api/endpointslices.json',
      'api/nodes.json',
      'api/pods.json',
      'api/services.json',
      'nodes/n1/bridge-fdb.json',
      'nodes/n1/conntrack.txt',
      'nodes/n1/ip-link.json',
      'nodes/n1/ip-neigh.json',
      'nodes/n1/ip-route.json',
      'nodes/n1/iptables-save.txt',
      'nodes/n1/kube-proxy-healthz.json',
      'nodes/n1/sysctl.txt',
    ])
    const rules = texts['nodes/n1/iptables-save.txt']!.split('\n')
    expect([rules.length, rules.at(-2)]).toEqual([95426, expect.stringMatching(/^# Completed on/)])
  })
})

describe('a hostile archive', () => {
  it('has its strange entries refused by name, and the rest read', async () => {
    const deep = `${'d/'.repeat(40)}file`
    const { texts, messages } = await archive([
      ['../evil', 'x'],
      ['a/../../evil', 'x'],
      ['..\\evil', 'x'],
      ['/etc/passwd', 'x'],
      ['C:\\evil', 'x'],
      ['sym', { type: 'symlink', linkname: '/etc/passwd' }],
      ['hard', { type: 'link', linkname: 'good' }],
      ['dev', { type: 'character-device' }],
      ['pipe', { type: 'fifo' }],
      ['esc\u001b[2J', 'x'],
      [deep, 'x'],
      ['some/folder', { type: 'directory' }],
      ['good', 'kept'],
    ])
    expect(texts).toEqual({ good: 'kept' })
    expect(messages).toEqual([
      '../evil: its name leads out of the archive; it is not read',
      'a/../../evil: its name leads out of the archive; it is not read',
      '..\\\\evil: its name leads out of the archive; it is not read',
      '/etc/passwd: its name is an absolute path; it is not read',
      'C:\\\\evil: its name is an absolute path; it is not read',
      'sym: it is a link to /etc/passwd; it is not read',
      'hard: it is a link to good; it is not read',
      'dev: it is no file (character-device); it is not read',
      'pipe: it is no file (fifo); it is not read',
      'esc\\u001b[2J: its name holds control characters; it is not read',
      `${deep}: it lies more than 32 folders deep; it is not read`,
    ])
  })

  it('is left at the limit of what may be unpacked', async () => {
    const zeros = Buffer.alloc(300_000, 'x')
    const bomb = { 'a.txt': 'first', 'b.txt': zeros, 'c.txt': zeros, 'd.txt': zeros }
    const { texts, messages } = await archive(bomb, { unpackedBytes: 500_000 })
    expect(Object.keys(texts)).toEqual(['a.txt', 'b.txt'])
    expect(messages).toEqual(['this archive unpacks to more than 488.3 KiB; the rest is not read'])
  })

  it('is not unpacked further than the limit, however long it is', async () => {
    let asked = 0
    const [header] = [(await tarOf({ big: Buffer.alloc(1000) })).subarray(0, 512)]
    async function* endless() {
      yield header!
      for (;;) {
        asked++
        yield Buffer.alloc(1000)
      }
    }
    const { problems } = await readSources(['-'], endless, { ...defaultLimits, unpackedBytes: 100_000 })
    expect(problems.map((problem) => problem.message)).toEqual([
      'this archive unpacks to more than 97.7 KiB; the rest is not read',
    ])
    expect(asked).toBeLessThan(110)
  })

  it('has single files over the limit left out', async () => {
    const { texts, messages } = await archive({ big: 'x'.repeat(2000), small: 'y' }, { fileBytes: 1000 })
    expect(texts).toEqual({ small: 'y' })
    expect(messages).toEqual(['big: it is larger than 1000 bytes; it is not read'])
  })

  it('is left at the limit of entries', async () => {
    const { texts, messages } = await archive({ a: '1', b: '2', c: '3', d: '4' }, { entries: 2 })
    expect(texts).toEqual({ a: '1', b: '2' })
    expect(messages).toEqual(['this archive holds more than 2 entries; the rest is not read'])
  })

  it('does not get round the limits with a gzip inside', async () => {
    const packed = gzipSync(Buffer.alloc(5_000_000, 'x'))
    const { texts, messages } = await archive({ 'bomb.txt.gz': packed, 'a.txt': 'a' }, { fileBytes: 1_000_000 })
    expect(texts).toEqual({ 'bomb.txt': '', 'a.txt': 'a' })
    expect(messages).toEqual(['unpacked, this is larger than the 976.6 KiB that are left to it; it is not read'])
    const all = await archive({ '1.gz': packed, '2.gz': packed }, { unpackedBytes: 6_000_000 })
    expect(Object.values(all.texts).map((text) => text.length)).toEqual([5_000_000, 0])
  })

  it('is not believed about the end of a header', async () => {
    const tar = await tarOf({ a: '1', b: '2' })
    tar.write('999999999999', 1024 + 124)
    const { texts, messages } = await contentsOf(tar)
    expect(texts).toEqual({ a: '1' })
    expect(messages).toEqual([expect.stringMatching(/^this archive is damaged: Invalid tar header/)])
  })

  it('leaves out what desktops leave behind', async () => {
    const { texts, messages } = await archive({
      'n/._arp.txt': '\0',
      'n/.DS_Store': '\0',
      'n/.git/HEAD': 'x',
      'n/arp.txt': 'x',
    })
    expect(texts).toEqual({ 'arp.txt': 'x' })
    expect(messages).toEqual([])
  })

  it('gives what came before it was cut short, and says so', async () => {
    const tar = await tarOf({ 'a.txt': 'first', 'b.txt': randomBytes(2000).toString('hex') })
    const inFile = tar.subarray(0, 2048)
    for (const stdin of [inFile, gzipSync(inFile)]) {
      const { texts, messages } = await contentsOf(stdin)
      expect(texts).toEqual({ 'a.txt': 'first', 'b.txt': tar.toString('utf8', 1536, 2048) })
      expect(messages).toEqual(['this archive is cut short; what came before was read'])
    }
    const { texts, messages } = await contentsOf(gzipSync(tar).subarray(0, 1500))
    expect(texts['a.txt']).toBe('first')
    expect(tar.toString('utf8', 1536).startsWith(texts['b.txt']!)).toBe(true)
    expect(texts['b.txt']!.length).toBeGreaterThan(500)
    expect(messages).toEqual(['this archive is cut short; what came before was read'])
    expect(await contentsOf(tar.subarray(0, 1024))).toMatchObject({
      texts: { 'a.txt': 'first' },
      messages: ['this archive ends without its end mark: it is cut short'],
    })
  })

  it('gives what came before it was damaged, and says so', async () => {
    const packed = gzipSync(await tarOf({ 'a.txt': 'first', 'b.txt': randomBytes(100_000).toString('hex') }))
    packed.fill(0xff, 80_000, 80_100)
    const { messages } = await contentsOf(packed)
    expect(messages).toEqual([expect.stringMatching(/^this archive is damaged: .*; what came before was read$/)])
  })

  it('never throws, whatever is broken in it', async () => {
    const tar = await tarOf({ 'a.txt': 'first', 'dir/b.txt.gz': gzipSync('second'), ['l'.repeat(150)]: 'long' })
    const inputs = [tar, gzipSync(tar)]
    const change = fc.record({ at: fc.nat(), to: fc.nat(255) })
    await fc.assert(
      fc.asyncProperty(fc.nat(1), fc.array(change, { maxLength: 8 }), fc.nat(), async (which, changes, length) => {
        const bytes = Buffer.from(inputs[which]!)
        for (const { at, to } of changes) bytes[at % bytes.length] = to
        const { entries, messages } = await contentsOf(
          bytes.subarray(0, length % 2 ? length % bytes.length : bytes.length),
        )
        for (const entry of entries) expect(entry.path).not.toMatch(/(^|\/)\.\.(\/|$)/)
        for (const message of messages) expect(message).not.toBe('')
      }),
      { numRuns: 300 },
    )
  })
})
