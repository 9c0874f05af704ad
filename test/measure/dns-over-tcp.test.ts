import type { AddressInfo } from 'node:net'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import { type Answer, streamDecode, streamEncode } from 'dns-packet'
import { afterEach, expect, test } from 'vitest'
import type { KubeApi } from '../../src/kube/api.ts'
import { askDns } from '../../src/measure/dns-over-tcp.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** A DNS server over TCP on loopback; `converse` gets every connection. */
async function listen(converse: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    converse(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** Answers each question in the messages that arrive; a function, so that a test may cut or bend the bytes. */
const answering = (answersTo: (name: string) => Answer[], write: (socket: net.Socket, bytes: Buffer) => void) =>
  listen((socket) => {
    let pending = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk])
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const length = 2 + pending.readUInt16BE(0)
        const { id = 0, questions = [] } = streamDecode(pending.subarray(0, length))
        pending = pending.subarray(length)
        const answers = answersTo(questions[0]?.name ?? '')
        const rcode = answers.length > 0 ? 0 : 3
        write(socket, streamEncode({ type: 'response', id, flags: rcode, questions, answers }))
      }
    })
  })

const whole = (socket: net.Socket, bytes: Buffer): void => void socket.write(bytes)

const api = {
  async portForward(_namespace: string, _pod: string, port: number): Promise<Duplex> {
    return net.connect(port, '127.0.0.1')
  },
} as unknown as KubeApi

const NAME = 'web.shop.svc.cluster.local'
const ask = (port: number, timeoutMs = 5000) =>
  askDns(
    api,
    [{ namespace: 'kube-system', pod: 'coredns-1', port }],
    [
      { name: NAME, type: 'A' },
      { name: 'gone.shop.svc.cluster.local', type: 'AAAA' },
    ],
    timeoutMs,
  )

const records = (name: string): Answer[] => (name === NAME ? [{ type: 'A', name, ttl: 5, data: '10.96.0.9' }] : [])

test('an address, and a name that there is not', async () => {
  const port = await answering(records, whole)
  expect(await ask(port)).toEqual([
    { pod: 'kube-system/coredns-1', name: NAME, type: 'A', rcode: 'NOERROR', error: null, values: ['10.96.0.9'] },
    {
      ...{ pod: 'kube-system/coredns-1', name: 'gone.shop.svc.cluster.local', type: 'AAAA' },
      ...{ rcode: 'NXDOMAIN', error: null, values: [] },
    },
  ])
})

test('answers that come a byte at a time are put together', async () => {
  const port = await answering(records, (socket, bytes) => {
    for (const byte of bytes) socket.write(Uint8Array.of(byte))
  })
  expect((await ask(port)).map(({ rcode }) => rcode)).toEqual(['NOERROR', 'NXDOMAIN'])
})

test('a server that answers one question and closes: the other is unanswered', async () => {
  const port = await answering(
    (name) => (name === NAME ? records(name) : []),
    (socket, bytes) => socket.end(bytes),
  )
  const answers = await ask(port)
  expect(answers[0]).toMatchObject({ rcode: 'NOERROR', values: ['10.96.0.9'] })
})

test.each([
  ['hangs', () => {}, /no answer within 0.2 s/],
  ['hangs up', (socket: net.Socket) => socket.end(), /closed without an answer/],
  ['resets', (socket: net.Socket) => socket.resetAndDestroy(), /ECONNRESET|closed without an answer/],
  ['speaks HTTP', (socket: net.Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /closed without an answer/],
  ['sends junk', (socket: net.Socket) => socket.write(Buffer.alloc(40, 1).fill(0, 0, 1)), /./],
])('a server that %s is an answer that did not come', async (_, converse, why) => {
  const answers = await ask(await listen(converse), 200)
  for (const answer of answers) {
    expect(answer).toMatchObject({ rcode: null, values: [], silent: true })
    expect(answer.error).toMatch(why)
  }
})

test('an answer to another question counts as none', async () => {
  const port = await listen((socket) =>
    socket.once('data', () => {
      const questions = [{ type: 'A' as const, name: 'other.shop.svc.cluster.local' }]
      socket.write(streamEncode({ type: 'response', id: 0, questions, answers: records(NAME) }))
    }),
  )
  const [first] = await ask(port, 200)
  expect(first).toMatchObject({ rcode: null, error: 'it answers another question', values: [] })
})

test('a port-forward that is refused says so', async () => {
  const refused = {
    portForward: () => Promise.reject(new Error('pods "coredns-1" is forbidden')),
  } as unknown as KubeApi
  const answers = await askDns(refused, [{ namespace: 'k', pod: 'p', port: 53 }], [{ name: NAME, type: 'A' }], 1000)
  expect(answers).toEqual([
    { pod: 'k/p', name: NAME, type: 'A', rcode: null, error: 'pods "coredns-1" is forbidden', values: [] },
  ])
})
