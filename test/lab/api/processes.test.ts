/** What becomes of the processes in pods. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { clean, lab, openSocket, pods } from './one-machine.ts'
import type { LabApi } from './server.ts'

test('nothing is left: a deleted pod takes its processes along, and so does the end of the API', async () => {
  const { api, lab: own } = await lab()
  const script = 'echo $$; sleep 1000 & echo $!; wait'
  const inDeleted = await begin(own, 'web-1', script)
  const inOther = await begin(own, 'web-2', script)
  const alive = (pids: readonly string[]) => pids.filter((pid) => existsSync(`/proc/${pid}/cmdline`) && !isZombie(pid))
  expect(alive([...inDeleted, ...inOther])).toHaveLength(4)
  await api.delete(`${pods}/web-1`, { gracePeriodSeconds: 0 })
  await expect.poll(() => alive(inDeleted)).toEqual([])
  expect(alive(inOther)).toHaveLength(2)
  await own.close()
  await expect.poll(() => alive(inOther)).toEqual([])
})

test('a command whose output nobody takes any more cannot go on writing', async () => {
  const { lab: own } = await lab()
  const pids = await begin(own, 'web-1', 'echo $$; echo; sleep 0.1; exec yes', (socket) => socket.terminate())
  await expect.poll(() => pids.every(isZombie)).toBe(true)
})

test('a process does not outlive the one that started it, however that ends', async () => {
  const host = `import { Children } from ${JSON.stringify(import.meta.resolve('./children.ts'))}
    console.log(new Children().start({ file: 'sleep', args: ['1000'] }, 'uid').pid)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', host], { stdio: ['ignore', 'pipe', 'inherit'] })
  clean.push(() => child.kill('SIGKILL'))
  const pid = String((await once(child.stdout, 'data'))[0]).trim()
  await expect.poll(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('sleep\x001000\0')
  child.kill('SIGKILL')
  await expect.poll(() => isZombie(pid)).toBe(true)
})

/** The process ids that a script of a pod prints. */
async function begin(own: LabApi, pod: string, script: string, then?: (socket: WebSocket) => void): Promise<string[]> {
  const query = new URLSearchParams([
    ['command', 'sh'],
    ['command', '-c'],
    ['command', script],
    ['stdout', '1'],
  ])
  const socket = openSocket(own, `${pods}/${pod}/exec?${query}`, ['v5.channel.k8s.io'])
  socket.on('error', () => undefined)
  let text = ''
  socket.on('message', (data: Buffer) => {
    text += data.subarray(1)
  })
  await expect.poll(() => text.split('\n')).toHaveLength(3)
  then?.(socket)
  return text.trim().split('\n')
}

const isZombie = (pid: string): boolean => {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}
