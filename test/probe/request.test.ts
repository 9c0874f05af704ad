/** What asks over connections, against servers of this machine. */
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PYTHON_HTTP } from '../../src/collect/probe/python-http.ts'
import { parseProbe } from '../../src/parse/probe/answer.ts'
import { readCertificate } from '../../src/probe/certificate.ts'
import { isLeftOut } from '../needs.ts'
import { scratch } from '../scratch.ts'

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** One request, as its node reports it. */
async function ask(port: number, { tls = '', path = '' }: { tls?: string; path?: string }) {
  const job = `0 tcp 127.0.0.1 ${port} 0 00`
  const args = ['-c', PYTHON_HTTP, '1', '20', '', job, String(process.pid), tls, 'web.shop.svc', path]
  const results = await new Promise<string>((resolve) => execFile('python3', args, (_, out) => resolve(out)))
  const { probe, problems } = parseProbe({ results, table: '' }, 'probe.txt')
  expect(problems).toEqual([])
  return probe.attempted[0]!
}

function certificate() {
  const folder = scratch('tls')
  onTestFinished(() => folder.remove())
  const [key, cert] = [join(folder.path, 'key'), join(folder.path, 'cert')]
  const names = ['-subj', '/CN=web', '-addext', 'subjectAltName=DNS:web.shop.svc,DNS:*.example']
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3', '-keyout', key, '-out', cert, ...names]
  execFileSync('openssl', made, { stdio: 'ignore' })
  return { key: readFileSync(key), cert: readFileSync(cert) }
}

const hasPython = () => {
  try {
    execFileSync('python3', ['-c', 'import ssl'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(isLeftOut('certificates') || !hasPython())('a request', () => {
  test('tells the status code; the server sees path and host', async () => {
    const seen: (string | undefined)[] = []
    const port = await listening(
      createHttp((request, response) => {
        seen.push(request.method, request.url, request.headers.host)
        response.writeHead(503).end()
      }),
    )
    expect(await ask(port, { path: '/healthz?full=1' })).toMatchObject({
      result: 'answered',
      status: 503,
      certificate: null,
    })
    expect(seen).toEqual(['GET', '/healthz?full=1', 'web.shop.svc'])
  })

  test('over TLS tells whose certificate it was, without checking it', async () => {
    const port = await listening(createHttps(certificate(), (_, response) => response.end('fine')))
    const answered = await ask(port, { tls: 'tls', path: '/' })
    expect(answered).toMatchObject({ result: 'answered', status: 200 })
    expect(readCertificate(answered.certificate!)).toMatchObject({ names: 'DNS:web.shop.svc, DNS:*.example' })
    expect(await ask(port, { tls: 'tls' })).toMatchObject({ result: 'answered', status: null })
  })

  test('stalls where nobody answers it, or what answers speaks something else', async () => {
    const silent = await listening(createServer(() => {}))
    expect(await ask(silent, { path: '/' })).toMatchObject({ result: 'stalled', error: 'http-timeout' })
    const closing = await listening(createServer((socket) => socket.once('data', () => socket.end())))
    expect(await ask(closing, { path: '/' })).toMatchObject({ result: 'stalled', error: 'http-closed' })
    const other = await listening(createServer((socket) => socket.end('220 mail\r\n')))
    expect(await ask(other, { path: '/' })).toMatchObject({ result: 'stalled', error: 'http-garbled' })
    const plain = await listening(createHttp((_, response) => response.end()))
    expect(await ask(plain, { tls: 'tls', path: '/' })).toMatchObject({ result: 'stalled' })
  })

  test('is refused as a connection is', async () => {
    expect(await ask(1, { path: '/' })).toMatchObject({ result: 'refused', error: 'ECONNREFUSED' })
  })
})

test('what is no certificate is none', () => {
  expect(readCertificate('AAAAAAAAAAAAAAAAAAAA')).toBeNull()
})
