/**
 * What runs in a pod of the lab: it answers every HTTP request with the pod's name, and in a DNS pod DNS over UDP and TCP.
 * Its one argument is a file with a Role as JSON.
 */
import dgram from 'node:dgram'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { type Answer, decode, encode, type Packet, type Question, streamDecode, streamEncode } from 'dns-packet'

export interface Role {
  name: string
  ports: number[]
  /** Records by type and name (`A web.shop.svc.cluster.local`); null where it is no DNS server. */
  zone: Record<string, string[]> | null
}

const { name, ports, zone } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Role

const listening: Promise<unknown>[] = ports.map((port) => {
  // One connection a request: it is connections that are counted.
  const server = http.createServer((_, response) => response.writeHead(200, { Connection: 'close' }).end(`${name}\n`))
  return new Promise((resolve) => server.listen(port, '::', () => resolve(null)))
})
if (zone) listening.push(serveDns(zone))
await Promise.all(listening)
console.log('ready')

async function serveDns(records: Record<string, string[]>): Promise<void> {
  const udp = dgram.createSocket('udp6')
  udp.on('message', (message, from) => udp.send(encode(answer(decode(message))), from.port, from.address))
  const tcp = net.createServer((socket) => {
    let pending = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk])
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const length = 2 + pending.readUInt16BE(0)
        socket.write(streamEncode(answer(streamDecode(pending.subarray(0, length)))))
        pending = pending.subarray(length)
      }
    })
  })
  await Promise.all([
    new Promise<void>((resolve) => udp.bind(53, '::', resolve)),
    new Promise<void>((resolve) => tcp.listen(53, '::', resolve)),
  ])

  function answer({ id = 0, questions = [] }: Packet): Packet {
    const answers = questions.flatMap((question) => answersTo(question))
    const known = questions.every((one) =>
      Object.keys(records).some((key) => key.endsWith(` ${one.name.toLowerCase()}`)),
    )
    // 1024: the answer is the zone's own; 3: there is no such name.
    return { type: 'response', id, flags: 1024 | (known ? 0 : 3), questions, answers }
  }

  function answersTo({ type, name: asked }: Question): Answer[] {
    const data = records[`${type} ${asked.toLowerCase()}`] ?? []
    return data.map((one) => ({ type, name: asked, ttl: 5, data: one }) as Answer)
  }
}
