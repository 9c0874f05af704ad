import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultLimits, type Limits } from '../../src/capture/limits.ts'
import { CaptureError, readSources } from '../../src/capture/read.ts'
import { chunksOf, type Entry, tarOf } from './tar.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'svcpath-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Writes a file below the test's folder and gives its path. */
function write(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

const noStdin = (): AsyncIterable<Uint8Array> => {
  throw new Error('standard input is not to be read')
}

/** What was read: each path with its text, and the messages, those of reading the texts among them. */
async function contents(origin: string, { stdin, ...limits }: Partial<Limits> & { stdin?: Uint8Array } = {}) {
  const from = () => (stdin ? chunksOf(stdin) : noStdin())
  const { entries, problems } = await readSources([origin], from, { ...defaultLimits, ...limits })
  const texts = Object.fromEntries(entries.map((entry) => [entry.path, entry.text()]))
  return { texts, messages: problems.map((problem) => problem.message), problems, entries }
}

const archive = async (entries: Record<string, Entry> | [string, Entry][], limits: Partial<Limits> = {}) =>
  contents('-', { stdin: gzipSync(await tarOf(entries)), ...limits })

describe('what may be named', () => {
  const files = { 'api/services.json': '{}', 'nodes/n1/arp.txt': '? (10.0.0.1)' }

  it('is a folder', async () => {
    for (const [name, text] of Object.entries(files)) write(`folder/${name}`, text)
    const { texts, messages, entries } = await contents(join(folder, 'folder'))
    expect(texts).toEqual(files)
    expect(messages).toEqual([])
    expect(entries[1]).toMatchObject({ path: 'nodes/n1/arp.txt', origin: join(folder, 'folder'), size: 12 })
  })

  it('is an archive, whatever its name', async () => {
    const tar = await tarOf(files)
    for (const path of [write('plain.txt', tar), write('packed.dat', gzipSync(tar))]) {
      const { texts, messages, entries } = await contents(path)
      expect(texts).toEqual(files)
      expect(messages).toEqual([])
      expect(entries[0]).toMatchObject({ path: 'api/services.json', origin: path, size: 2 })
    }
  })

  it('is a file, also in gzip', async () => {
    expect((await contents(write('arp.txt', 'hello'))).texts).toEqual({ 'arp.txt': 'hello' })
    expect((await contents(write('save.txt.gz', gzipSync('*nat')))).texts).toEqual({ 'save.txt': '*nat' })
    expect((await contents(write('unnamed', gzipSync('*nat')))).texts).toEqual({ unnamed: '*nat' })
    expect((await contents(write('empty', ''))).texts).toEqual({ empty: '' })
  })

  it('is standard input, with text, gzip or an archive', async () => {
    const tar = await tarOf(files)
    expect((await contents('-', { stdin: Buffer.from('*nat\n') })).texts).toEqual({ stdin: '*nat\n' })
    expect((await contents('-', { stdin: gzipSync('*nat') })).texts).toEqual({ stdin: '*nat' })
    expect((await contents('-', { stdin: tar })).texts).toEqual(files)
    expect((await contents('-', { stdin: gzipSync(tar) })).texts).toEqual(files)
    expect((await contents('-', { stdin: Buffer.alloc(0) })).texts).toEqual({ stdin: '' })
  })

  it('is a pipe, as the shell makes of <(command)', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const written = once(spawn('sh', ['-c', `echo piped > ${pipe}`]), 'close')
    expect((await contents(pipe)).texts).toEqual({ pipe: 'piped\n' })
    await written
  })

  it('is several of these in their order, with standard input once', async () => {
    const one = write('one.txt', '1')
    const { entries } = await readSources([one, '-'], () => chunksOf(Buffer.from('2')))
    expect(entries.map((entry) => [entry.origin, entry.path, entry.text()])).toEqual([
      [one, 'one.txt', '1'],
      ['-', 'stdin', '2'],
    ])
    await expect(readSources(['-', one, '-'], noStdin)).rejects.toThrow('Standard input (-) is named twice')
  })

  it('is not what does not exist', async () => {
    const missing = join(folder, 'missing.tgz')
    const error = await readSources([missing], noStdin).catch((caught) => caught)
    expect(error).toBeInstanceOf(CaptureError)
    expect(error.message).toBe(
      `Cannot read ${missing}: there is no such file or folder. Check the path, and that you may read it.`,
    )
    expect(error.cause.code).toBe('ENOENT')
    await expect(readSources([join(write('a-file', ''), 'x')], noStdin)).rejects.toThrow(
      'a part of its path is no folder',
    )
  })

  it('is not an input that breaks', async () => {
    async function* broken() {
      yield Buffer.from('half')
      throw new Error('the pipe broke')
    }
    await expect(readSources(['-'], broken)).rejects.toThrow('Cannot read standard input: the pipe broke.')
  })
})

describe('paths', () => {
  const paths = async (...names: string[]) => {
    const { texts } = await archive(Object.fromEntries(names.map((name) => [name, 'x'])))
    return Object.keys(texts)
  }

  it('are without the folder that holds all of an archive', async () => {
    expect(await paths('capture/api/pods.json', 'capture/nodes/n1/arp.txt')).toEqual([
      'api/pods.json',
      'nodes/n1/arp.txt',
    ])
    expect(await paths('./a/b/api/pods.json', './a/b/README.md')).toEqual(['api/pods.json', 'README.md'])
    expect(await paths('n1/arp.txt', 'n1/sysctl.txt')).toEqual(['arp.txt', 'sysctl.txt'])
    expect(await paths('arp.txt', 'n1/arp.txt')).toEqual(['arp.txt', 'n1/arp.txt'])
  })

  it('keep the folders of the layout', async () => {
    expect(await paths('nodes/n1/arp.txt', 'nodes/n1/sysctl.txt')).toEqual(['nodes/n1/arp.txt', 'nodes/n1/sysctl.txt'])
    expect(await paths('c/nodes/n1/arp.txt')).toEqual(['nodes/n1/arp.txt'])
  })

  it('of a folder lose the one that holds api and nodes, and no other', async () => {
    write('outer/inner/api/pods.json', '{}')
    write('outer/inner/traffic.txt', '')
    expect(Object.keys((await contents(join(folder, 'outer'))).texts)).toEqual(['api/pods.json', 'traffic.txt'])
    write('logs/n1/arp.txt', '')
    expect(Object.keys((await contents(join(folder, 'logs'))).texts)).toEqual(['n1/arp.txt'])
  })

  it('are without .gz, and taken by the later file where two have one', async () => {
    const { texts, messages } = await archive([
      ['save.txt', 'old'],
      ['other', ''],
      ['save.txt.gz', gzipSync('new')],
    ])
    expect(texts).toEqual({ 'save.txt': 'new', other: '' })
    expect(messages).toEqual(['save.txt: stands here twice; the later is read'])
  })
})

describe('text', () => {
  const text = async (bytes: Buffer) => contents('-', { stdin: bytes })

  it('is decoded as its byte order mark says, and keeps CRLF', async () => {
    const utf16 = Buffer.from('\ufeffä\r\n', 'utf16le')
    expect((await text(Buffer.from('\ufeffä\r\n'))).texts.stdin).toBe('ä\r\n')
    expect((await text(utf16)).texts.stdin).toBe('ä\r\n')
    expect((await text(Buffer.from(utf16).swap16())).texts.stdin).toBe('ä\r\n')
    expect((await text(Buffer.from([0xfe, 0xff, 0, 0x41, 0]))).texts.stdin).toBe('A')
  })

  it('is none with a NUL byte, and says what it is instead', async () => {
    const of = async (bytes: Buffer) => (await text(bytes)).messages
    expect(await of(Buffer.from('a\0b'))).toEqual(['this is no text'])
    expect(await of(Buffer.from('PK\x03\x04\0'))).toEqual(['this is no text but a zip archive: unpack it first'])
    expect(await of(gzipSync(gzipSync('x')))).toEqual(['this is no text but gzip in gzip: unpack it first'])
  })

  it('is read at each call, and its problems told once', async () => {
    const path = write('binary', 'a\0')
    const { entries, problems } = await readSources([path], noStdin)
    expect([entries[0]?.text(), entries[0]?.text()]).toEqual(['', ''])
    expect(problems).toEqual([{ file: 'binary', line: null, message: 'this is no text' }])
  })

  it('of a gzip that was cut short is what there is', async () => {
    const whole = Array.from({ length: 5000 }, (_, i) => `line ${i * i}`).join('\n')
    const packed = gzipSync(whole)
    const { texts, messages } = await text(packed.subarray(0, packed.length / 2))
    expect(texts.stdin!.length).toBeGreaterThan(1000)
    expect(whole.startsWith(texts.stdin!)).toBe(true)
    expect(messages).toEqual(['this gzip file is cut short; what is there was read'])
  })

  it('of a damaged gzip is none', async () => {
    const packed = gzipSync('x'.repeat(100))
    packed[packed.length - 8]! ^= 1
    expect((await text(packed)).messages).toEqual(['this gzip file is damaged (incorrect data check); it is not read'])
  })

  it('that is gone when it is asked for is a problem', async () => {
    const { entries, problems } = await readSources([write('gone', 'x')], noStdin)
    rmSync(join(folder, 'gone'))
    expect(entries[0]?.text()).toBe('')
    expect(problems[0]).toMatchObject({ file: 'gone', message: 'this cannot be read: there is no such file or folder' })
  })

  it('is not of a link that took the place of a file', async () => {
    const { entries, problems } = await readSources([write('swapped', 'x')], noStdin)
    rmSync(join(folder, 'swapped'))
    symlinkSync('/etc/passwd', join(folder, 'swapped'))
    expect(entries[0]?.text()).toBe('')
    expect(problems[0]?.message).toBe('this cannot be read: too many symbolic links')
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
    const { texts, messages } = await contents('-', { stdin: tar })
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
    const tar = await tarOf({ 'a.txt': 'first', 'b.txt': 'x'.repeat(3000) })
    for (const stdin of [tar.subarray(0, 2048), gzipSync(tar.subarray(0, 2048)), gzipSync(tar).subarray(0, -20)]) {
      const { texts, messages } = await contents('-', { stdin })
      expect(texts['a.txt']).toBe('first')
      expect('x'.repeat(3000).startsWith(texts['b.txt'] ?? '')).toBe(true)
      expect(messages).toHaveLength(1)
      expect(messages[0]).toMatch(/^this archive (is cut short; what came before was read|ends without its end mark)/)
    }
    const betweenFiles = await contents('-', { stdin: tar.subarray(0, 1024) })
    expect(betweenFiles).toMatchObject({
      texts: { 'a.txt': 'first' },
      messages: ['this archive ends without its end mark: it is cut short'],
    })
  })

  it('never throws, whatever is broken in it', async () => {
    const tar = await tarOf({ 'a.txt': 'first', 'dir/b.txt.gz': gzipSync('second'), ['l'.repeat(150)]: 'long' })
    const inputs = [tar, gzipSync(tar)]
    const change = fc.record({ at: fc.nat(), to: fc.nat(255) })
    await fc.assert(
      fc.asyncProperty(fc.nat(1), fc.array(change, { maxLength: 8 }), fc.nat(), async (which, changes, length) => {
        const bytes = Buffer.from(inputs[which]!)
        for (const { at, to } of changes) bytes[at % bytes.length] = to
        const { entries, problems } = await contents('-', {
          stdin: bytes.subarray(0, length % 2 ? length % bytes.length : bytes.length),
        })
        for (const entry of entries) expect(entry.path).not.toMatch(/(^|\/)\.\.(\/|$)/)
        for (const problem of problems) expect(problem.message).not.toBe('')
      }),
      { numRuns: 300 },
    )
  })
})

describe('a folder', () => {
  it('has links followed to files inside it only, and pipes and sockets left alone', async () => {
    const root = join(folder, 'links')
    write('links/nodes/n1/arp.txt', 'real')
    write('outside.txt', 'secret')
    symlinkSync('arp.txt', join(root, 'nodes/n1/link.txt'))
    symlinkSync('../outside.txt', join(root, 'out.txt'))
    symlinkSync('nodes', join(root, 'loop'))
    symlinkSync('nowhere', join(root, 'broken'))
    execFileSync('mkfifo', [join(root, 'pipe')])
    const server = createServer().listen(join(root, 'socket'))
    await once(server, 'listening')
    const { texts, messages } = await contents(root)
    server.close()
    expect(texts).toEqual({ 'nodes/n1/arp.txt': 'real', 'nodes/n1/link.txt': 'real' })
    expect(messages).toEqual([
      'broken: cannot be read: there is no such file or folder',
      'loop: is a link to something other than a file; it is not followed',
      'out.txt: is a link that leads out of the folder; it is not followed',
      'pipe: is a pipe, socket or device; it is not read',
      'socket: is a pipe, socket or device; it is not read',
    ])
  })

  it('is read within the limits', async () => {
    write('limits/a', 'x'.repeat(20))
    write('limits/b/c/d', 'x')
    write('limits/e', 'x')
    expect(await contents(join(folder, 'limits'), { fileBytes: 10, depth: 2 })).toMatchObject({
      texts: { e: 'x' },
      messages: [
        'a: is larger than 10 bytes; it is not read',
        'b/c/d: it lies more than 2 folders deep; it is not read',
      ],
    })
    expect(await contents(join(folder, 'limits'), { entries: 3 })).toMatchObject({
      messages: ['there are more than 3 files; the rest is not read'],
    })
  })

  it('has clutter passed over, and .gz files unpacked when they are read', async () => {
    write('clutter/.git/config', 'x')
    write('clutter/._a', 'x')
    write('clutter/a.json.gz', gzipSync('{"a":1}'))
    const { texts, entries } = await contents(join(folder, 'clutter'))
    expect(texts).toEqual({ 'a.json': '{"a":1}' })
    expect(entries[0]?.size).toBe(gzipSync('{"a":1}').length)
  })

  it('gives the same as an archive of it', async () => {
    const samples = new URL('../fixtures/samples', import.meta.url).pathname
    const fromFolder = await contents(samples)
    const packed = execFileSync('tar', ['-cz', '-C', dirname(samples), 'samples'])
    const fromArchive = await contents('-', { stdin: packed })
    expect(Object.keys(fromFolder.texts).length).toBeGreaterThan(30)
    expect(fromArchive.texts).toEqual(fromFolder.texts)
    expect([...fromArchive.messages, ...fromFolder.messages]).toEqual([])
    expect(fromFolder.texts['k3s-flannel/arp.txt']).toBe(readFileSync(join(samples, 'k3s-flannel/arp.txt'), 'utf8'))
  })
})
