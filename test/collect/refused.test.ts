/** A node that does not let its rules be read, wholly or from some moment on, must not look like one that has none. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readAnswer } from '../../src/collect/answer.ts'
import { collectScripts } from '../../src/collect/script.ts'
import type { WantedService } from '../../src/model/request.ts'
import { isLeftOut } from '../needs.ts'

const scratch = mkdtempSync(join(tmpdir(), 'svcpath-refused-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const web: WantedService = {
  ...{ namespace: 'shop', name: 'web', addresses: ['10.96.0.1'], podAddresses: [], endpoints: [] },
  ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: null }],
} as WantedService

/** What the rules' sections of a node say; `rules` are shell commands that make some, `shell` what the script is read by. */
function sectionsOf(rules: string, shell: string, services: WantedService[] | null = [web]) {
  const frame = 'a'.repeat(32)
  const input = collectScripts({ services, parts: 'rules' }).node(frame, [])
  const { stdout } = spawnSync('unshare', ['-n', 'sh', '-c', `${rules}\nexec ${shell}`], { input })
  return readAnswer(stdout, frame).sections.filter(({ file }) => /tables-save|^nft/.test(file))
}

const RULES = 'iptables-nft -t nat -N KUBE-SERVICES && iptables-nft -t nat -A PREROUTING -j KUBE-SERVICES'

describe.skipIf(isLeftOut('script'))('on a node with rules', () => {
  test('whoever may read them reads them', () => {
    const [save] = sectionsOf(RULES, 'sh -s').filter(({ file }) => file === 'iptables-save.txt')
    expect(save).toMatchObject({ exitCode: 0, text: expect.stringContaining('-A PREROUTING -j KUBE-SERVICES') })
  })

  test.each([[[web]], [null]])('whoever may not gets an error, and no empty list (%#)', (services) => {
    const nobody = 'setpriv --reuid=65534 --regid=65534 --clear-groups sh -s'
    const sections = sectionsOf(RULES, nobody, services)
    expect(sections).not.toEqual([])
    for (const { exitCode } of sections) expect(exitCode).not.toBe(0)
  })

  test('nor connections and ipsets: none is not what could not be read', () => {
    const nobody = 'setpriv --reuid=65534 --regid=65534 --clear-groups sh -s'
    const input = collectScripts({ services: [web], parts: 'all' }).node('b'.repeat(32), [])
    const read = (shell: string) =>
      readAnswer(spawnSync('unshare', ['-n', 'sh', '-c', `exec ${shell}`], { input }).stdout, 'b'.repeat(32)).sections
    const fails = (sections: ReturnType<typeof read>) =>
      sections
        .filter(({ file, exitCode }) => /^(conntrack|ipset)\.txt$/.test(file) && exitCode !== 0)
        .map(({ file }) => file)
    expect(fails(read('sh -s'))).toEqual([])
    expect(fails(read(nobody)).sort()).toEqual(
      read('sh -s')
        .map(({ file }) => file)
        .filter((file) => /^(conntrack|ipset)\.txt$/.test(file))
        .sort(),
    )
  })

  test.each(['exit 1', 'echo "table ip nat {"; exit 4'])('nft that fails (%s) is no node without chains', (words) => {
    const nft = join(scratch, 'nft')
    writeFileSync(nft, `#!/bin/sh\n${words}\n`)
    chmodSync(nft, 0o755)
    const [save] = sectionsOf(RULES, `env PATH=${scratch}:$PATH sh -s`).filter(
      ({ file }) => file === 'iptables-save.txt',
    )
    expect(save).toMatchObject({ exitCode: 0, text: expect.stringContaining('-A PREROUTING -j KUBE-SERVICES') })
  })

  test.each([
    ['at once', 'exit 3'],
    ['in the midst', 'echo "*nat"; echo ":KUBE-SERVICES - [0:0]"; exit 3'],
  ])('a dump that fails %s is told as failed', (_, words) => {
    for (const name of ['iptables-nft-save', 'nft']) {
      writeFileSync(join(scratch, name), `#!/bin/sh\n${words}\n`)
      chmodSync(join(scratch, name), 0o755)
    }
    const [save] = sectionsOf(RULES, `env PATH=${scratch}:$PATH sh -s`).filter(
      ({ file }) => file === 'iptables-save.txt',
    )
    expect(save?.exitCode).toBe(3)
  })
})
