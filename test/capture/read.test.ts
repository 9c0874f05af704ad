import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { CaptureError, readSources } from '../../src/capture/read.ts'
import { archive, chunksOf, contents, contentsOf, noStdin, tarOf, temporaryFolder } from './capture.ts'

const { folder, write } = temporaryFolder()

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
    expect((await contentsOf(Buffer.from('*nat\n'))).texts).toEqual({ stdin: '*nat\n' })
    expect((await contentsOf(gzipSync('*nat'))).texts).toEqual({ stdin: '*nat' })
    expect((await contentsOf(tar)).texts).toEqual(files)
    expect((await contentsOf(gzipSync(tar))).texts).toEqual(files)
    expect((await contentsOf(Buffer.alloc(0))).texts).toEqual({ stdin: '' })
  })

  it('is a pipe, as the shell makes of <(command)', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('sh', ['-c', 'mkfifo "$0"', pipe])
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

  it('is not larger than the limit', async () => {
    const limits = { fileBytes: 10 }
    const messages = ['this is larger than 10 bytes; it is not read']
    expect(await contents(write('large', 'x'.repeat(11)), limits)).toMatchObject({ texts: {}, messages })
    expect(await contentsOf(Buffer.alloc(11, 'x'), limits)).toMatchObject({ texts: {}, messages })
    expect((await contentsOf(Buffer.alloc(10, 'x'), limits)).texts).toEqual({ stdin: 'xxxxxxxxxx' })
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
