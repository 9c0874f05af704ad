import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/capture/limits.ts'
import { readSources } from '../../src/capture/read.ts'
import { contentsOf, noStdin, temporaryFolder } from './capture.ts'

const { folder, write } = temporaryFolder()

describe('text', () => {
  it('is decoded as its byte order mark says, and keeps CRLF', async () => {
    const utf16 = Buffer.from('\ufeffä\r\n', 'utf16le')
    expect((await contentsOf(Buffer.from('\ufeffä\r\n'))).texts.stdin).toBe('ä\r\n')
    expect((await contentsOf(utf16)).texts.stdin).toBe('ä\r\n')
    expect((await contentsOf(Buffer.from(utf16).swap16())).texts.stdin).toBe('ä\r\n')
    expect((await contentsOf(Buffer.from([0xfe, 0xff, 0, 0x41, 0]))).texts.stdin).toBe('A')
  })

  it('is none with a NUL byte, and says what it is instead', async () => {
    const of = async (bytes: Buffer) => (await contentsOf(bytes)).messages
    expect(await of(Buffer.from('a\0b'))).toEqual(['binary data'])
    expect(await of(Buffer.from('PK\x03\x04\0'))).toEqual(['binary data, a zip archive: unpack it first'])
    expect(await of(gzipSync(gzipSync('x')))).toEqual(['binary data, gzip in gzip: unpack it first'])
  })

  it('is read at each call, and its problems told once', async () => {
    const path = write('binary', 'a\0')
    const { entries, problems } = await readSources([path], noStdin)
    expect([entries[0]?.text(), entries[0]?.text()]).toEqual(['', ''])
    expect(problems).toEqual([{ file: 'binary', line: null, message: 'binary data' }])
  })

  it('of a gzip counts once, however often it is read', async () => {
    const path = write('twice.gz', gzipSync('x'.repeat(100)))
    const { entries, problems } = await readSources([path, path], noStdin, { ...defaultLimits, unpackedBytes: 250 })
    const lengths = entries.flatMap((entry) => [entry.text(), entry.text(), entry.text()]).map((text) => text.length)
    expect(lengths).toEqual([100, 100, 100, 100, 100, 100])
    expect(problems).toEqual([])
  })

  it('of a gzip that was cut short is what there is', async () => {
    const whole = Array.from({ length: 5000 }, (_, i) => `line ${i * i}`).join('\n')
    const packed = gzipSync(whole)
    const { texts, messages } = await contentsOf(packed.subarray(0, packed.length / 2))
    expect(texts.stdin!.length).toBeGreaterThan(1000)
    expect(whole.startsWith(texts.stdin!)).toBe(true)
    expect(messages).toEqual(['this gzip file is cut short; what is there was read'])
  })

  it('of a damaged gzip is none', async () => {
    const packed = gzipSync('x'.repeat(100))
    packed[packed.length - 8]! ^= 1
    expect((await contentsOf(packed)).messages).toEqual([
      'this gzip file is damaged (incorrect data check); it is not read',
    ])
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
