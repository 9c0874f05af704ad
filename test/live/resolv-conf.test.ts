import { expect, test } from 'vitest'
import { readPodResolvConf } from '../../src/live/resolv-conf.ts'
import { FakeApi, output } from '../reach/fake-api.ts'

const pod = { namespace: 'shop', name: 'client' }
const TEXT = 'nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n'

async function read(exec: FakeApi['exec'], signal = new AbortController().signal) {
  const api = new FakeApi()
  api.exec = exec
  const said: string[] = []
  const file = await readPodResolvConf(api, pod, signal, (words) => said.push(words))
  return { file, said }
}

test('the file, as a capture holds it', async () => {
  const { file, said } = await read(async (request) => {
    expect(request).toMatchObject({ ...{ namespace: 'shop', pod: 'client' }, command: ['cat', '/etc/resolv.conf'] })
    return output(TEXT)
  })
  expect(file).toEqual({ path: 'pods/shop/client/resolv.conf', text: TEXT })
  expect(said).toEqual([])
})

test.each<[string, FakeApi['exec'], string]>([
  [
    'may not be exec’d into',
    () => Promise.reject(new Error('pods "client" is forbidden')),
    'pods "client" is forbidden',
  ],
  ['has no cat', async () => ({ ...output('', 127), stderr: 'sh: cat: not found\n' }), 'sh: cat: not found'],
  ['has an empty file', async () => output(''), 'it names no server'],
  ['answers junk', async () => output('\u0000\u0001\u0002'), 'it names no server'],
])('a pod that %s: no file, and it is said why', async (_, exec, why) => {
  const { file, said } = await read(exec)
  expect(file).toBeNull()
  expect(said).toEqual([`the resolv.conf of shop/client was not read: ${why}`])
})

test('an interrupt is no reason to go on', async () => {
  const controller = new AbortController()
  const why = new Error('stopped')
  controller.abort(why)
  await expect(read(() => Promise.reject(new Error('aborted')), controller.signal)).rejects.toBe(why)
})
