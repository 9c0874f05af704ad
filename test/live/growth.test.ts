/** Counters that point to a fault are read twice: which nodes, when, over which way, and what becomes of the answer on the screen. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { countersAgain } from '../../src/live/counters-again.ts'
import type { LiveLook, Means } from '../../src/live/look.ts'
import { Progress } from '../../src/live/progress.ts'
import { SilentNodes } from '../../src/live/silent-nodes.ts'
import type { Io } from '../../src/model/io.ts'
import { observeFiles, withReadings } from '../../src/observe/observation.ts'
import { traceVerb } from '../../src/verbs/trace.ts'
import { collector } from '../collector.ts'
import { countersText } from '../counters.ts'
import { captureFiles } from '../fixtures.ts'

const CAPTURE = 'k8s-1.36-iptables-nft-bridge'
const LOST = { invalid: 0, insert_failed: 7, drop: 7, early_drop: 0 }
const FIRST = { path: 'nodes/n2/counters.txt', text: countersText(1000, { conntrack: LOST }) }
const AGAIN = countersText(1002, { conntrack: { ...LOST, insert_failed: 27 } })

/** What a look at the capture's cluster brought, n2 of which lost connections; or none did. */
async function seen(lost: boolean): Promise<LiveLook> {
  const all = (await captureFiles((path) => /^(api|nodes)\//.test(path))).filter(({ capture }) => capture === CAPTURE)
  const stats = {
    path: 'nodes/n2/conntrack-stats.txt',
    text: `cpu=0 found=0 invalid=0 insert_failed=${lost ? 7 : 0} drop=0 early_drop=0\n`,
  }
  const files = [...all.filter(({ path }) => path !== stats.path), stats, ...(lost ? [FIRST] : [])]
  const observation = observeFiles(files, { source: 'live', origin: 'the cluster lab', problems: [] })
  const nodes = ['n1', 'n2'].map((name) => ({ name, way: [], complete: true, bytes: 100, sections: [] }))
  return {
    ...{ observation, files, namespace: 'shop', partial: false, readAt: performance.now() },
    manifest: { nodes, unread: [] } as unknown as LiveLook['manifest'],
  }
}

describe('a second reading', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
  afterEach(() => void vi.useRealTimers())

  /** Nodes that answer so; what each was asked, and how long was waited. */
  function means(answer: string | null, growth = true) {
    const asked: { node: string; script: string }[] = []
    const waited: number[] = []
    const said = collector()
    const way: Means['way'] = {
      name: 'exec',
      async run({ name }, script) {
        asked.push({ node: name, script })
        if (answer === null) throw new Error('the node has gone')
        const frame = /^F='?(\w+)'?$/m.exec(script)![1]
        const text = `${frame} begin counters-again.txt\n${answer}\n${frame} end counters-again.txt 0 1 cat …\n${frame} done\n`
        return { stdout: Buffer.from(text), stderr: '', exitCode: 0, truncated: false }
      },
      close: async () => {},
    }
    const progress = new Progress(said.stream, false)
    const pace = { progress, pause: async (ms: number) => void waited.push(ms) }
    const reach = { growth, concurrency: 5, nodeTimeoutMs: 1000 } as Means['reach']
    const signal = new AbortController().signal
    const means = { way, progress, reach, silent: new SilentNodes(), keepFiles: true }
    const again = (look: LiveLook) => countersAgain({ ...means, signal } as unknown as Means, pace, look)
    return { again, asked, waited, said: said.text }
  }

  test('is taken of the node that a counter points to, two seconds after the first', async () => {
    const { again, asked, waited } = means(AGAIN)
    const look = await seen(true)
    vi.advanceTimersByTime(500)
    const later = (await again(look))!
    expect([asked.map(({ node }) => node), waited]).toEqual([['n2'], [1500]])
    const readings = later.observation.nodes.map(({ name, counters }) => [
      name,
      counters?.map(({ uptime }) => uptime) ?? null,
    ])
    expect(readings).toEqual([
      ['n1', null],
      ['n2', [1000, 1002]],
      ['n3', null],
    ])
    // Rules are read again only where theirs is the counter.
    expect(asked[0]!.script).toContain('\nFORWARD=0\n')
  })

  test('does not wait where the walk took longer', async () => {
    const { again, waited } = means(AGAIN)
    const look = await seen(true)
    vi.advanceTimersByTime(5000)
    await again(look)
    expect(waited).toEqual([0])
  })

  test('is in the files of a capture, and in its manifest', async () => {
    const later = (await means(AGAIN).again(await seen(true)))!
    const paths = later.files.map(({ path }) => path).filter((path) => /counters|manifest/.test(path))
    expect(paths).toEqual(['nodes/n2/counters.txt', 'nodes/n2/counters-again.txt', 'manifest.json'])
    const manifest = JSON.parse(later.files.at(-1)!.text) as LiveLook['manifest']
    expect(manifest.nodes.map(({ sections }) => sections.map(({ file }) => file))).toEqual([[], ['counters-again.txt']])
  })

  test('costs a healthy cluster nothing', async () => {
    const { again, asked, waited } = means(AGAIN)
    expect([await again(await seen(false)), asked, waited]).toEqual([null, [], []])
  })

  test('is not taken with --no-growth', async () => {
    const { again, asked, waited } = means(AGAIN, false)
    expect([await again(await seen(true)), asked, waited]).toEqual([null, [], []])
  })

  test('that a node does not give leaves the first', async () => {
    const { again, said } = means(null)
    const later = (await again(await seen(true)))!
    expect(later.observation.nodes.map(({ counters }) => counters?.length ?? 0)).toEqual([0, 1, 0])
    expect(said()).toBe('warning: n2: the node has gone\n')
  })
})

let cluster: unknown
vi.mock('../../src/live/cluster.ts', () => ({
  withCluster: (_options: unknown, _io: unknown, work: (one: unknown) => Promise<unknown>) => work(cluster),
}))

describe('trace', () => {
  /** The answer of a run on a terminal or in a pipe, and what was on the screen when the counters were read again. */
  async function traced(isTTY: boolean, output: 'tree' | 'json', lost = true) {
    const look = await seen(lost)
    const { stream, text } = collector()
    const stdout = Object.assign(stream, isTTY ? { isTTY, columns: 100 } : {})
    const before: string[] = []
    cluster = {
      look: async () => look,
      settled: async (judge: () => Promise<{ result: unknown }>) => ({
        result: (await judge()).result,
        passing: new Set(),
      }),
      grown: async ({ observation }: LiveLook) => {
        if (!lost) return null
        before.push(text())
        const files = [{ path: 'nodes/n2/counters-again.txt', text: AGAIN }]
        return { ...look, observation: withReadings(observation, files) }
      },
      done() {},
    }
    const words = {
      ...{ service: 'web', files: null, namespace: 'shop', everywhere: false, port: null, from: null, dns: false },
      ...{ output, verbose: false, live: { reach: { nodes: [] } } },
    }
    const io = { stdout, stderr: stdout, env: { NO_COLOR: '1' }, now: () => new Date(0) } as unknown as Io
    const code = await traceVerb(words as unknown as Parameters<typeof traceVerb>[0], io)
    return { code, before, text: text() }
  }

  test('prints at once on a terminal, and adds what grows', async () => {
    const { code, before, text } = await traced(true, 'tree')
    expect(before).toEqual([expect.stringMatching(/since n2 booted, 7 connections/)])
    const added = text.slice(before[0]!.length)
    expect(added).toMatch(/^\nCOUNTERS, READ AGAIN\n! n2 {2}loses connections now: /)
    expect([code, added.match(/SVP\d+/g)]).toEqual([0, ['SVP406']])
  })

  test('prints once in a pipe, after the second reading', async () => {
    const { before, text } = await traced(false, 'json')
    expect(before).toEqual([''])
    const { findings } = JSON.parse(text) as { findings: { code: string; severity: string; message: string }[] }
    expect(findings.filter(({ code }) => code === 'SVP406')).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('20 connections (10 per second)') },
    ])
  })

  test('prints data once on a terminal, too', async () => {
    const { before } = await traced(true, 'json')
    expect(before).toEqual([''])
  })

  test('adds nothing where nothing was read again', async () => {
    expect((await traced(true, 'tree', false)).text).not.toContain('COUNTERS')
  })
})
