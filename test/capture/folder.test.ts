import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { contents, contentsOf, temporaryFolder } from './capture.ts'

const { folder, write } = temporaryFolder()

describe('a folder', () => {
  it('has links followed to files inside it only, and pipes and sockets left alone', async () => {
    const root = join(folder, 'links')
    write('links/nodes/n1/arp.txt', 'real')
    write('outside.txt', 'secret')
    symlinkSync('arp.txt', join(root, 'nodes/n1/link.txt'))
    symlinkSync('../outside.txt', join(root, 'out.txt'))
    symlinkSync('nodes', join(root, 'loop'))
    symlinkSync('nowhere', join(root, 'broken'))
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(root, 'pipe')])
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
    const fromArchive = await contentsOf(packed)
    expect(Object.keys(fromFolder.texts).length).toBeGreaterThan(30)
    expect(fromArchive.texts).toEqual(fromFolder.texts)
    expect([...fromArchive.messages, ...fromFolder.messages]).toEqual([])
    expect(fromFolder.texts['k3s-flannel/arp.txt']).toBe(readFileSync(join(samples, 'k3s-flannel/arp.txt'), 'utf8'))
  })
})
