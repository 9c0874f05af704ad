import type { Duplex } from 'node:stream'
import { type Answer, type Packet, streamDecode, streamEncode } from 'dns-packet'
import type { KubeApi } from '../kube/api.ts'
import { KubeError } from '../kube/errors.ts'
import type { DnsAnswer } from '../model/observation.ts'

/** Where a DNS pod listens for TCP. */
export interface DnsServer {
  namespace: string
  pod: string
  port: number
}

export interface DnsQuestion {
  name: string
  type: 'A' | 'AAAA' | 'CNAME'
}

/**
 * Asks every DNS pod itself, over TCP through a port-forward, so that neither the way to it nor a tool in an image is needed. One
 * connection a pod, all questions at once (RFC 7766, 6.2.1.1). A pod that cannot be asked gives answers that say why; nothing throws.
 */
export async function askDns(
  api: KubeApi,
  servers: readonly DnsServer[],
  questions: readonly DnsQuestion[],
  timeoutMs: number,
): Promise<DnsAnswer[]> {
  const all = servers.map(async (server) => {
    const pod = `${server.namespace}/${server.pod}`
    const none = (why: Read) => questions.map((question) => ({ pod, ...question, ...why }))
    let stream: Duplex
    try {
      stream = await api.portForward(server.namespace, server.pod, server.port, { timeoutMs })
    } catch (error) {
      return none(unanswered((error as Error).message))
    }
    try {
      const packets = await converse(stream, questions, timeoutMs)
      return questions.map((question, id) => ({ pod, ...question, ...read(packets.get(id), question) }))
    } catch (error) {
      const { message } = error as Error
      return none(isSilence(error) ? silent(message) : unanswered(message))
    }
  })
  return (await Promise.all(all)).flat()
}

/** A message may be as long as its two bytes of length can say. */
const MAX_BYTES = 65_537 * 16

/** Sends all questions and gathers their answers by id; rejects only where not one came. */
function converse(stream: Duplex, questions: readonly DnsQuestion[], timeoutMs: number): Promise<Map<number, Packet>> {
  return new Promise((resolve, reject) => {
    const packets = new Map<number, Packet>()
    let pending = Buffer.alloc(0)
    const finish = (why: Error) => {
      clearTimeout(timer)
      stream.destroy()
      if (packets.size > 0) resolve(packets)
      else reject(why)
    }
    const timer = setTimeout(() => finish(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
    stream.on('error', finish)
    stream.on('close', () => finish(new Error('the connection was closed without an answer')))
    stream.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk])
      if (pending.length > MAX_BYTES) return finish(new Error('it answers with more than a DNS message can hold'))
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const length = 2 + pending.readUInt16BE(0)
        try {
          const packet = streamDecode(pending.subarray(0, length))
          if (packet.id !== undefined && packet.id < questions.length) packets.set(packet.id, packet)
        } catch {
          return finish(new Error('it answers with what is no DNS message'))
        }
        pending = pending.subarray(length)
      }
      if (packets.size === questions.length) finish(new Error('done'))
    })
    for (const [id, { name, type }] of questions.entries())
      stream.write(streamEncode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type, name }] }))
  })
}

const RECURSION_DESIRED = 256

/**
 * Did the pod itself give no answer, once the stream to it was open? A connection that breaks off on the way says nothing about it; that nobody listens
 * on its port is told in the kubelet's words.
 */
const isSilence = (error: unknown): boolean =>
  !(error instanceof KubeError) ||
  error.failure === 'timeout' ||
  (error.failure === 'connection' && error.message.includes('connection refused'))

type Read = Pick<DnsAnswer, 'rcode' | 'error' | 'values' | 'silent'>

/** What a message answers to a question; an empty answer is an answer. */
function read(packet: Packet | undefined, { name, type }: DnsQuestion): Read {
  if (!packet) return silent('no answer to this question')
  const asked = packet.questions?.[0]
  if (asked && asked.name.toLowerCase() !== name.toLowerCase()) return silent('it answers another question')
  // dns-packet gives the code by its name, which its types leave out.
  const { rcode = 'NOERROR' } = packet as Packet & { rcode?: string }
  const values = (packet.answers ?? []).flatMap((answer: Answer) =>
    answer.type === type && 'data' in answer ? String(answer.data).replace(/\.$/, '').toLowerCase() : [],
  )
  return { rcode, error: null, values }
}

const unanswered = (error: string): Read => ({ rcode: null, error, values: [] })

const silent = (error: string): Read => ({ ...unanswered(error), silent: true })
