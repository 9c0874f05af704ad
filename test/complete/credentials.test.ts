/** A plugin for credentials that waits for somebody: completion asks nobody, and leaves it behind for nobody. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { bin } from '../bin.ts'

const completer = fileURLToPath(new URL('../../packaging/kubectl_complete-svcpath', import.meta.url))

test('it is told that nobody is there, and ends with completion', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'svcpath-credentials-'))
  try {
    const script = `echo $$ >${folder}/pid; echo "$KUBERNETES_EXEC_INFO" >${folder}/info; head -c 1 >${folder}/read; exec sleep 600`
    const user = {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'sh',
        args: ['-c', script],
        interactiveMode: 'IfAvailable',
      },
    }
    writeFileSync(
      join(folder, 'config'),
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      }),
    )
    symlinkSync(bin, join(folder, 'kubectl-svcpath'))
    const complete = () => {
      const { stdout, stderr } = spawnSync(completer, ['we'], {
        env: { PATH: `${folder}:${process.env.PATH}`, KUBECONFIG: join(folder, 'config') },
        encoding: 'utf8',
        input: 'typed',
      })
      expect([stdout, stderr]).toEqual([':4\n', ''])
      return existsSync(join(folder, 'read'))
    }
    // Two seconds are too few for it to come that far on a machine under load: then once more.
    await expect.poll(complete).toBe(true)
    expect(JSON.parse(readFileSync(join(folder, 'info'), 'utf8'))).toMatchObject({ spec: { interactive: false } })
    expect(readFileSync(join(folder, 'read'), 'utf8')).toBe('')
    const pid = readFileSync(join(folder, 'pid'), 'utf8').trim()
    const state = () =>
      existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] : 'gone'
    // Who has no parent any more is reaped by whoever is first here; dead it is, long before its own end.
    await expect.poll(() => ['gone', 'Z'].includes(state() ?? ''), { timeout: 30_000 }).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
