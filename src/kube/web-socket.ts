/** WebSockets to the API's streaming calls: exec and port-forward. */
import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { Access } from './access.ts'
import { KubeError, statusError } from './errors.ts'
import { askedOf, endedBy, withoutCredentials } from './http.ts'
import { socketError } from './socket-error.ts'

/** The kubelet's frames are some 32 KB. */
const frameLimit = 4 << 20
const refusalLimit = 64 << 10

/** A socket that is open, not yet listened to: `resume` it when the listeners are there, or its first frames are lost. */
export async function openWebSocket(
  access: Access,
  path: string,
  protocols: readonly string[],
  signal: AbortSignal,
  limitMs: number,
): Promise<WebSocket> {
  const asked = askedOf(access, { method: 'GET', path })
  const authentication = await access.authentication()
  if (signal.aborted) throw endedBy(asked, signal, limitMs)
  return new Promise((resolve, reject) => {
    const { headers, agent } = authentication
    const url = `${access.base}${path}`.replace(/^http/, 'ws')
    const socket = makeSocket()
    const end = (error: KubeError): void => {
      signal.removeEventListener('abort', abort)
      reject(error)
      // An error of the terminated socket is no news.
      socket?.on('error', () => undefined).terminate()
    }
    const abort = (): void => end(endedBy(asked, signal, limitMs))
    signal.addEventListener('abort', abort, { once: true })
    socket?.once('open', () => {
      signal.removeEventListener('abort', abort)
      socket.removeAllListeners('error')
      socket.pause()
      resolve(socket)
    })
    socket?.once('error', (cause) => end(socketError(asked, cause)))
    socket?.once('unexpected-response', async (_request, response) => {
      const text = withoutCredentials(await refusalOf(response), authentication)
      end(statusError(asked, response.statusCode ?? 0, text))
    })

    function makeSocket(): WebSocket | null {
      try {
        const options = { agent, headers: { 'User-Agent': 'kubectl-svcpath', ...headers } as Record<string, string> }
        return new WebSocket(url, [...protocols], { ...options, maxPayload: frameLimit, perMessageDeflate: false })
      } catch (cause) {
        reject(socketError(asked, cause))
        return null
      }
    }
  })
}

async function refusalOf(response: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const chunk of response) {
      text += chunk
      if (text.length > refusalLimit) break
    }
  } catch {
    // What came so far has to do.
  }
  return text
}

/** What a closed socket that should not have closed is called. */
export const droppedError = (what: string, code: number): KubeError =>
  new KubeError('dropped', `the connection for ${what} broke off (WebSocket close code ${code})`, {
    hint: 'the API server, the kubelet, or a proxy before them closed it; try again',
  })
