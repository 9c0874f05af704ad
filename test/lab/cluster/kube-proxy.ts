/**
 * What kube-proxy says of itself on a node of the lab: its health on port 10256, its mode on 10249. It writes no rules; its one argument is the mode.
 * After a SIGUSR1 it takes connections and answers none, as one that hangs does, until the next. (A SIGSTOP would stop its nsenter, too.)
 */
import http from 'node:http'

const mode = process.argv[2] ?? 'iptables'

let hangs = false
process.on('SIGUSR1', () => {
  hangs = !hangs
})

const serve = (port: number, answer: (path: string) => string): Promise<void> =>
  new Promise((resolve) => {
    const server = http.createServer((request, response) => {
      if (!hangs) response.end(answer(request.url ?? ''))
    })
    server.listen(port, '127.0.0.1', resolve)
  })

const health = () => {
  const now = new Date().toISOString()
  return JSON.stringify({ lastUpdated: now, currentTime: now, healthy: true })
}
await Promise.all([serve(10256, health), serve(10249, (path) => (path === '/proxyMode' ? mode : ''))])
console.log('ready')
