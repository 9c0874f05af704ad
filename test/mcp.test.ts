/** `mcp` as a client of the SDK speaks with it. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bounded, MOST } from '../src/verbs/mcp/run.ts'
import { bin } from './bin.ts'
import { capturePath } from './fixtures.ts'
import { type LabApi, startApi } from './lab/api/server.ts'
import { planOf } from './lab/cluster/objects.ts'

const scratch = mkdtempSync(join(tmpdir(), 'svcpath-mcp-'))
afterAll(() => rmSync(scratch, { recursive: true }))

async function connected(...words: string[]): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(new StdioClientTransport({ command: bin, args: ['mcp', ...words], stderr: 'ignore' }))
  return client
}

async function call(client: Client, name: string, words: Record<string, unknown>) {
  const { content, isError } = (await client.callTool({ name, arguments: words })) as CallToolResult
  const [first] = content
  return { isError: isError === true, text: first?.type === 'text' ? first.text : '' }
}

describe('on a capture', () => {
  let client: Client
  beforeAll(async () => {
    client = await connected(
      '-f',
      capturePath('broken-n2-kube-proxy-stuck'),
      '-f',
      capturePath('k8s-1.36-iptables-nft-bridge'),
    )
  })
  afterAll(() => client.close())

  test('four tools, and none of them changes anything', async () => {
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['trace', 'check', 'list', 'explain'])
    for (const { annotations, inputSchema } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false })
      expect(inputSchema.type).toBe('object')
    }
    expect(client.getInstructions()).toMatch(/unknown/)
  })

  test('explain says what a code means', async () => {
    expect((await call(client, 'explain', { code: 'SVP303' })).text).toMatch(/stale-endpoint/)
    expect(await call(client, 'explain', { code: 'SVP999' })).toMatchObject({ isError: true })
  })

  test('words that no schema allows are refused', async () => {
    expect((await call(client, 'trace', {})).isError).toBe(true)
    expect((await call(client, 'trace', { service: 'x'.repeat(501) })).isError).toBe(true)
    expect((await call(client, 'check', { failOn: 'never' })).isError).toBe(true)
  })
})

describe('on one capture', () => {
  let client: Client
  beforeAll(async () => {
    client = await connected('-f', capturePath('broken-n2-kube-proxy-stuck'))
  })
  afterAll(() => client.close())

  test('trace: what a person would read, without colours, and what it comes to', async () => {
    const { text, isError } = await call(client, 'trace', { service: 'web', namespace: 'shop' })
    expect(isError).toBe(false)
    expect(text).toMatch(/^DEGRADED {2}shop\/web {3}pods on n2 cannot reach it/)
    expect(text).toMatch(/Result: something is broken\.$/)
    expect(text).not.toContain('\u001b')
  })

  test('trace as data', async () => {
    const words = { service: 'shop/web', nodes: ['n1'], jsonpath: '{.verdict} {.nodes[*].name}' }
    expect((await call(client, 'trace', words)).text).toMatch(/^reachable n1\n/)
    expect((await call(client, 'trace', { ...words, jsonpath: '{.a' })).isError).toBe(true)
  })

  test('a service that is not there is an error that says what is near', async () => {
    const answer = await call(client, 'trace', { service: 'wbe', namespace: 'shop' })
    expect(answer).toEqual({
      isError: true,
      text: expect.stringMatching(
        /^error: no service wbe .*\ndid you mean shop\/web.*\n\nResult: there is no service/s,
      ),
    })
    const checked = await call(client, 'check', { services: ['wbe'], namespace: 'shop' })
    expect(checked.text).toMatch(/Result: there is no service, .* of this name\./)
  })

  test('check and list, of a namespace or of all; calls at once are all answered', async () => {
    const [all, shop, list] = await Promise.all([
      call(client, 'check', { allNamespaces: true }),
      call(client, 'check', { services: ['web', 'api-is-not-there'], namespace: 'shop' }),
      call(client, 'list', { namespace: 'shop' }),
    ])
    expect(all.text).toMatch(/^\d+ services: .* failed/m)
    expect(shop.text).toMatch(/^2 services: 2 failed/m)
    expect(list.text).toMatch(/^NAMESPACE +NAME/)
    expect(list.text).not.toMatch(/^kube-system/m)
  })
})

describe('on a cluster', () => {
  let api: LabApi
  const kubeconfig = join(scratch, 'kubeconfig')
  beforeAll(async () => {
    const { objects } = await planOf('k8s-1.36-iptables-nft-bridge')
    const exec = (_pod: unknown, _container: string, [file = '', ...args]: readonly string[]) => ({ file, args })
    api = await startApi({ objects, exec, connect: () => ({ file: 'false', args: [] }), schedule: () => [] })
    writeFileSync(kubeconfig, api.kubeconfig({ namespace: 'shop' }))
  })
  afterAll(() => api?.close())

  test('the namespace of the context, through pods that run; no pod is made', async () => {
    const client = await connected('--kubeconfig', kubeconfig)
    try {
      const { text, isError } = await call(client, 'check', { services: ['web-np'] })
      expect([isError, text]).toEqual([false, expect.stringMatching(/^shop +web-np /m)])
      expect(text).not.toContain('debug pod')
    } finally {
      await client.close()
    }
  })

  test('a cluster that is not there is an error, and the server goes on', async () => {
    const client = await connected('--kubeconfig', join(scratch, 'none'))
    try {
      const failed = await call(client, 'trace', { service: 'shop/web' })
      expect(failed).toMatchObject({ isError: true, text: expect.stringMatching(/\n\nResult: the arguments of /) })
      expect((await call(client, 'explain', { code: 'KUBE-SEP' })).isError).toBe(false)
    } finally {
      await client.close()
    }
  })
})

test('it ends when its client does, whatever that wrote', async () => {
  const child = spawn(bin, ['mcp', '-f', capturePath('broken-n2-kube-proxy-stuck')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const code = new Promise((resolve) => child.once('exit', resolve))
  child.stdin.end('this is no message\n{"jsonrpc": "2.0"}\n\u0000{')
  expect(await code).toBe(0)
})

test('standard input cannot be the recording, too', async () => {
  const child = spawn(bin, ['mcp', '-f', '-'], { stdio: ['pipe', 'ignore', 'ignore'] })
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(2)
})

test('an answer is cut at the end of a line, and says so', () => {
  const lines = `${'a line of text\n'.repeat(10_000)}`
  const text = bounded(lines)
  expect(text.length).toBeLessThanOrEqual(MOST)
  expect(text).toMatch(/a line of text\n… \d+ more lines are left out\. Ask for/)
  expect(bounded('short')).toBe('short')
  expect(bounded('x'.repeat(MOST + 1)).length).toBeLessThanOrEqual(MOST)
})
