/** A command in a container that runs on and on: its output as it comes, and a beat on its standard input. */
import type { RawData } from 'ws'
import type { Access } from './access.ts'
import type { Ended, FollowRequest } from './api.ts'
import { abortedError, KubeError } from './errors.ts'
import { bytesOf, execPath, Session, sendInput, stdoutChannel } from './exec.ts'
import { Pulse } from './pulse.ts'
import { droppedError, openWebSocket } from './web-socket.ts'

/**
 * Resolves when the command ends by itself, and rejects with a KubeError where the stream does. Standard input stays open, so that the command sees its end when
 * this process is gone, however that went.
 */
export async function follow(access: Access, request: FollowRequest): Promise<Ended> {
  const { namespace, pod, signal, times, onOutput } = request
  const what = `exec in pod ${namespace}/${pod}`
  const limit = AbortSignal.any([signal, AbortSignal.timeout(times.openMs)])
  const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']
  const socket = await openWebSocket(access, execPath(request), protocols, limit, times.openMs)
  return new Promise((resolve, reject) => {
    const session = new Session(0)
    const finish = (outcome: Ended | KubeError): void => {
      signal.removeEventListener('abort', abort)
      pulse.stop()
      socket.removeAllListeners().on('error', () => undefined)
      socket.terminate()
      if (outcome instanceof KubeError) reject(outcome)
      else resolve(outcome)
    }
    const lost = (words: string): void =>
      finish(new KubeError('dropped', `${what}: ${words}`, { hint: 'the node or the way to it may be overloaded' }))
    const pulse = new Pulse(times, { beat: () => sendInput(socket, Buffer.from('\n')), lost })
    const abort = (): void => finish(abortedError())
    const ended = (code: number): void =>
      finish(session.status === null ? droppedError(what, code) : session.outcome(what))
    signal.addEventListener('abort', abort, { once: true })
    socket.on('message', (data: RawData) => {
      const frame = bytesOf(data)
      if (frame[0] !== stdoutChannel) session.take(frame)
      else if (frame.length > 1) {
        pulse.heard()
        // A copy: the frame's memory may be part of a larger buffer.
        onOutput(Buffer.from(frame.subarray(1)))
      }
      if (session.status !== null) socket.close()
    })
    socket.on('close', ended)
    socket.on('error', () => ended(1006))
    if (signal.aborted) return abort()
    socket.resume()
    sendInput(socket, Buffer.from(request.stdin))
  })
}
