/** Passwords and tokens stay out of everything that is printed. */
import { expect, test } from 'vitest'
import { SvcpathError } from '../../src/model/errors.ts'
import { hideSecrets } from '../../src/model/secrets.ts'
import { connectTo, failure, kubeconfig, reply, startServer, status } from './server.ts'

const SECRET = 'hunter2-hunter2'

test.each([
  `the server "https://admin:${SECRET}@10.0.0.1:6443" is no http or https URL`,
  `proxy http://user:${SECRET}@proxy:3128 refused`,
  `proxy ftp://user:p@ss/${SECRET}@proxy refused`,
  `Authorization: Bearer ${SECRET}`,
  `Basic ${SECRET}==`,
  `invalid token eyJhbGciOiJSUzI1NiJ9.${SECRET}.x`,
  `k8s-aws-v1.${SECRET} has expired`,
  `ya29.${SECRET} has expired`,
  `--password=${SECRET}`,
  `client-secret='${SECRET}'`,
  `{"access_token": "${SECRET}"}`,
  `GET /x?token=${SECRET}&y=1`,
])('%s', (text) => {
  expect(hideSecrets(text)).not.toContain(SECRET)
  const error = new SvcpathError(text, { hint: text })
  expect(`${error.message} ${error.hint}`).not.toContain(SECRET)
})

test.each([
  'resources: ["secrets"]',
  'log in again, or check the token, certificate or credential plugin of this context',
  'https://10.0.0.1:6443 failed at GET /api/v1/secrets (500)',
  'admin@n1: no key was accepted',
  'kubectl set selector service -n shop web KEY=VALUE',
  'WWW-Authenticate: Basic realm=kubernetes',
])('nothing is taken out of: %s', (text) => {
  expect(hideSecrets(text)).toBe(text)
})

test.each([
  ['token', { token: SECRET }],
  ['password', { username: 'admin', password: SECRET }],
])('a server that repeats the %s does not get it printed', async (_, user) => {
  const server = await startServer({
    answer: (request, response) => {
      const sent = request.headers.authorization ?? ''
      const plain = Buffer.from(sent.replace(/^Basic /, ''), 'base64').toString()
      reply(response, 403, status(403, `no: ${sent} ${sent.replace(/^\w+ /, '')} ${plain} ${SECRET}`))
    },
    refuse: { status: 403, body: `no: ${SECRET}` },
  })
  try {
    const api = await connectTo(kubeconfig(server, user as never))
    const exec = { namespace: 'a', pod: 'b', command: ['x'], stdin: '', timeoutMs: 600_000, maxBytes: 10 }
    for (const error of [await failure(api.get('/api/v1/nodes')), await failure(api.exec(exec))] as SvcpathError[]) {
      expect(error.message).toContain('***')
      expect(`${error.message} ${error.hint}`).not.toContain(SECRET)
    }
  } finally {
    await server.close()
  }
})
