/**
 * Runs inside one network namespace of the lab: listens on every port of the lab, sends what it is told to, and reports
 * on standard output, one JSON value a line. It ends with its standard input, so no namespace outlives the test.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** A packet to send: `source` is the sender's own address to use. */
export interface Probe {
  id: string
  protocol: 'tcp' | 'udp'
  source: string
  destination: string
  port: number
}

export type Command =
  /** By UDP, what comes to one of the addresses is answered from that address. */
  | { kind: 'listen'; ports: readonly number[]; addresses: readonly string[] }
  | { kind: 'send'; probes: readonly Probe[] }
  /** Gives up on everything sent so far. */
  | { kind: 'forget' }

export type Report =
  | { kind: 'ready' | 'listening' | 'sent' | 'forgotten' }
  /** A probe arrived here. */
  | { kind: 'received'; id: string; source: string; port: number }
  /** The sender was told that it is refused: by an ICMP error or a TCP reset. */
  | { kind: 'refused'; id: string }
  /** The sender was answered, from the address that it asked. */
  | { kind: 'answered'; id: string }

const open = new Set<Socket | UdpSocket>()
const REFUSALS = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'EACCES'])

report({ kind: 'ready' })
for await (const line of createInterface({ input: process.stdin })) await obey(JSON.parse(line) as Command)
process.exit(0)

async function obey(command: Command): Promise<void> {
  switch (command.kind) {
    case 'listen':
      await Promise.all(command.ports.flatMap((port) => [listenUdp(port), listenTcp(port)]))
      await Promise.all(command.ports.flatMap((port) => command.addresses.map((address) => answerUdp(address, port))))
      return report({ kind: 'listening' })
    case 'send':
      await Promise.all(command.probes.map((probe) => (probe.protocol === 'udp' ? sendUdp(probe) : sendTcp(probe))))
      return report({ kind: 'sent' })
    case 'forget':
      for (const socket of open) 'destroy' in socket ? socket.destroy() : socket.close()
      open.clear()
      return report({ kind: 'forgotten' })
  }
}

function listenUdp(port: number): Promise<void> {
  const socket = createSocket({ type: 'udp6', reuseAddr: true })
  socket.on('message', (message, from) => received(message.toString(), from.address, port))
  return new Promise((resolve) => socket.bind(port, resolve))
}

/** An address's own socket is preferred to the one for all of them. */
function answerUdp(address: string, port: number): Promise<void> {
  const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', reuseAddr: true })
  socket.on('message', (message, from) => {
    received(message.toString(), from.address, port)
    socket.send(message, from.port, from.address, () => {})
  })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, address, resolve)
  })
}

function listenTcp(port: number): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', (message) => received(message.toString(), socket.remoteAddress ?? '', port))
  })
  return new Promise((resolve) => server.listen(port, '::', resolve))
}

/** A connected socket hears of ICMP errors. What it is not allowed to send (EPERM, no route) is simply not sent. */
async function sendUdp({ id, source, destination, port }: Probe): Promise<void> {
  const socket = createSocket(source.includes(':') ? 'udp6' : 'udp4')
  open.add(socket)
  socket.on('error', (error) => failed(id, error))
  socket.on('message', () => report({ kind: 'answered', id }))
  await new Promise<void>((resolve) => socket.bind(0, source, resolve))
  await new Promise<void>((resolve) => {
    socket.connect(port, destination, (error?: Error) => {
      if (error) return resolve()
      socket.send(id, (sendError) => {
        if (sendError) failed(id, sendError)
        resolve()
      })
    })
  })
}

/** Resolves at once: whether the connection comes about is reported by the other end. */
async function sendTcp({ id, source, destination, port }: Probe): Promise<void> {
  const socket = connect({ host: destination, port, localAddress: source }, () => socket.write(id))
  open.add(socket)
  socket.on('error', (error) => failed(id, error))
}

function failed(id: string, error: NodeJS.ErrnoException): void {
  if (REFUSALS.has(error.code ?? '')) report({ kind: 'refused', id })
}

function received(id: string, source: string, port: number): void {
  report({ kind: 'received', id, source: source.replace(/^::ffff:/, ''), port })
}

function report(message: Report): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
