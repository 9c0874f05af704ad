/**
 * What kube-proxy says of itself on a node of the lab: its health on port 10256, its mode on 10249, and what it tells load balancers. It writes no rules; its
 * arguments are the mode and the health-check node ports. After a SIGUSR1 it takes connections and answers none, as one that hangs does, until the next; after
 * a SIGUSR2 the health-check node ports are closed. (A SIGSTOP would stop its nsenter, too.)
 */
import http from 'node:http'
import type { HealthPlan } from './objects.ts'

const mode = process.argv[2] ?? 'iptables'
const healthChecks = JSON.parse(process.argv[3] ?? '[]') as HealthPlan[]

let hangs = false
process.on('SIGUSR1', () => {
  hangs = !hangs
})

const serve = (
  { port, host, status = 200 }: { port: number; host: string; status?: number },
  answer: (path: string) => string,
): Promise<http.Server> =>
  new Promise((resolve) => {
    const server = http.createServer((request, response) => {
      response.statusCode = status
      if (!hangs) response.end(answer(request.url ?? ''))
    })
    server.listen(port, host, () => resolve(server))
  })

const health = () => {
  const now = new Date().toISOString()
  return JSON.stringify({ lastUpdated: now, currentTime: now, healthy: true })
}
const own = (port: number) => ({ port, host: '127.0.0.1' })
const openHealthChecks = () =>
  Promise.all(
    healthChecks.map(({ port, ...rest }) =>
      serve({ port, host: '0.0.0.0', status: rest.localEndpoints > 0 ? 200 : 503 }, () =>
        JSON.stringify({ ...rest, serviceProxyHealthy: true }),
      ),
    ),
  )
let open = await openHealthChecks()
process.on('SIGUSR2', async () => {
  const closing = open.splice(0)
  for (const server of closing) server.close()
  if (closing.length === 0) open = await openHealthChecks()
})
await Promise.all([serve(own(10256), health), serve(own(10249), (path) => (path === '/proxyMode' ? mode : ''))])
console.log('ready')
