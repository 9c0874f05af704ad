/** Connections made up beside a real capture: what may be said of them, and what may not. */
import { describe, expect, test } from 'vitest'
import type { ProbeReport } from '../../src/model/probe/report.ts'
import { nodePlace } from '../../src/probe/places.ts'
import { observationIn } from '../diagnose/bend.ts'
import { forwardDrop } from '../diagnose/bendings.ts'
import { line, lineThere, podIn, probed, usual, type World } from './world.ts'

const client = async () => {
  const before = await usual()
  const place = podIn(before, 'client')
  const all = before.cluster.endpointsOf('shop', 'web')!
  const of = (node: string) =>
    all.filter((one) => one.node === node).map(({ address, port }) => `${address}:${port}`)[0]!
  return { before, place, from: place.addresses[0]!, here: of(place.node), there: of('n3') }
}

const entryOf = ({ places }: ProbeReport) => places[0]!.entries[0]!
const deathOf = (report: ProbeReport) => {
  const { deaths } = entryOf(report)
  expect(deaths).toHaveLength(1)
  return [deaths[0]!.kind, deaths[0]!.node, deaths[0]!.towards]
}
const codes = ({ findings }: ProbeReport) => findings.map(({ code }) => code)

describe('a connection without an answer', () => {
  const timedOut = async (
    more: Partial<World>,
    lines: (
      world: Awaited<ReturnType<typeof client>>,
      attempt: Parameters<World['make']>[0],
    ) => Partial<ReturnType<World['make']>>,
  ) => {
    const world = await client()
    return probed({ ...world, make: (attempt) => ({ result: 'timeout', ...lines(world, attempt) }), ...more })
  }

  test('is lost between nodes where the first sent it on and the other has no entry', async () => {
    const report = await timedOut({}, ({ from, there }, attempt) => ({
      after: { n1: line('SYN_SENT', attempt, from, there, { unreplied: true }) },
    }))
    expect(deathOf(report)).toEqual(['between', 'n1', 'n3'])
    expect(entryOf(report).deaths[0]!.evidence[0]!.text).toContain('SYN_SENT')
  })

  test('is not placed where the other node’s conntrack was not read', async () => {
    const report = await timedOut({ unread: ['n3'] }, ({ from, there }, attempt) => ({
      after: { n1: line('SYN_SENT', attempt, from, there, { unreplied: true }) },
    }))
    expect(deathOf(report)).toEqual(['unplaced', null, null])
  })

  test('is not placed where the client’s conntrack could not be read', async () => {
    const report = await timedOut({ unread: ['n1'], watched: false }, () => ({}))
    expect(deathOf(report)).toEqual(['unplaced', null, null])
  })

  test('is not placed where its source port is not known', async () => {
    const report = await timedOut({}, () => ({ sourcePort: null }))
    expect(deathOf(report)).toEqual(['unplaced', null, null])
  })

  test('came to the pod where that node handed it on, and is lost on the way back where it was answered', async () => {
    const silent = await timedOut({}, ({ from, there }, attempt) => ({
      after: { n1: line('SYN_SENT', attempt, from, there, { unreplied: true }) },
      look: { n3: lineThere('SYN_SENT', attempt, from, there, { unreplied: true }) },
    }))
    expect(deathOf(silent)).toEqual(['silent', 'n3', null])
    const answered = await timedOut({}, ({ from, there }, attempt) => ({
      after: { n1: line('SYN_SENT', attempt, from, there, { unreplied: true }) },
      look: { n3: lineThere('SYN_RECV', attempt, from, there) },
    }))
    expect(deathOf(answered)).toEqual(['answer', 'n3', 'n1'])
    const back = await timedOut({}, ({ from, there }, attempt) => ({
      after: { n1: line('SYN_RECV', attempt, from, there) },
      look: { n3: lineThere('SYN_RECV', attempt, from, there) },
    }))
    expect(deathOf(back)).toEqual(['answer', 'n1', null])
  })

  test('to the node port of another node is lost between the two nodes of which one has seen the answer', async () => {
    const { before, from, place } = await client()
    const there = before.cluster.endpointsOf('shop', 'web-np')!.find((one) => one.node === 'n3')!
    const report = probed({
      ...{ before, place, service: 'shop/web-np' },
      make(attempt) {
        const { address, sourcePort, target } = attempt
        if (target.node !== 'n2') return { result: 'timeout' }
        const sent = `src=${from} dst=${address} sport=${sourcePort} dport=30080`
        const led = (state: string, home: string) =>
          `ipv4 2 tcp 6 110 SYN_SENT ${sent} ${state} src=${home} dst=172.30.0.12 sport=8080 dport=4567 use=1`
        const onward = `src=172.30.0.12 dst=${there.address} sport=4567 dport=8080`
        return {
          result: 'timeout',
          after: {
            n1: `ipv4 2 tcp 6 110 SYN_SENT ${sent} [UNREPLIED] src=${address} dst=${from} sport=30080 dport=${sourcePort} use=1`,
          },
          look: {
            n2: led('[UNREPLIED]', there.address),
            n3: `ipv4 2 tcp 6 50 SYN_RECV ${onward} src=${there.address} dst=172.30.0.12 sport=8080 dport=4567 use=1`,
          },
        }
      },
    })
    const deaths = report.places[0]!.entries.filter(({ node }) => node === 'n2').flatMap((entry) => entry.deaths)
    expect(deaths.map(({ kind, node, towards, reason }) => [kind, node, towards, reason])).toEqual([
      ['answer', 'n3', 'n2', 'the answer came to n3, and n2 has not seen it'],
    ])
    expect(codes(report)).not.toContain('SVP606')
  })

  test('to the node port of another node: what the client’s own node does is not what was walked', async () => {
    const { before, from, place } = await client()
    const there = before.cluster.endpointsOf('shop', 'web-np')!.find((one) => one.node === 'n3')!
    const away = (report: ProbeReport) => report.places[0]!.entries.filter(({ node }) => node === 'n2')
    const lost = probed({ before, place: nodePlace('n1'), service: 'shop/web-np', make: () => ({ result: 'timeout' }) })
    expect(away(lost).flatMap(({ deaths }) => deaths.map(({ kind, node, reason }) => [kind, node, reason]))).toEqual([
      ['node', 'n1', 'it never left n1: conntrack has no entry of it'],
    ])
    const back = probed({
      ...{ before, place, service: 'shop/web-np' },
      make(attempt) {
        const { address, sourcePort, target } = attempt
        if (target.node !== 'n2') return { result: 'connected' }
        const sent = `ipv4 2 tcp 6 50 SYN_RECV src=${from} dst=${address} sport=${sourcePort} dport=30080`
        const onward = `ipv4 2 tcp 6 50 SYN_RECV src=172.30.0.12 dst=${there.address} sport=4567 dport=8080`
        const answer = `src=${there.address} dst=172.30.0.12 sport=8080 dport=4567 use=1`
        return {
          result: 'timeout',
          after: { n1: `${sent} src=${address} dst=${from} sport=30080 dport=${sourcePort} use=1` },
          look: { n2: `${sent} ${answer}`, n3: `${onward} ${answer}` },
        }
      },
    })
    expect(away(back).flatMap(({ deaths }) => deaths.map(({ kind, node }) => [kind, node]))).toEqual([['answer', 'n1']])
    expect(
      [lost, back].flatMap(({ findings }) => findings.filter(({ code, node }) => code === 'SVP606' && node === 'n2')),
    ).toEqual([])
  })

  test('whose answer came when the client had given up, and reset, is not placed', async () => {
    const late = await timedOut({}, ({ from, there }, attempt) => ({
      after: { n1: line('CLOSE', attempt, from, there) },
      look: { n3: lineThere('CLOSE', attempt, from, there) },
    }))
    expect([deathOf(late), codes(late)]).toEqual([['unplaced', null, null], expect.not.arrayContaining(['SVP606'])])
  })

  test('is not placed where the other node shows no connection that got through either', async () => {
    const { before, place, from, there } = await client()
    const report = probed({
      ...{ before, place, count: 2 },
      make: (attempt) =>
        attempt.id === 0
          ? { result: 'connected', after: { n1: line('TIME_WAIT', attempt, from, there) } }
          : { result: 'timeout', after: { n1: line('SYN_SENT', attempt, from, there, { unreplied: true }) } },
    })
    expect([report.through, deathOf(report)]).toEqual([1, ['unplaced', null, null]])
  })

  test('of which the endpoint’s node shows only that it came says nothing of the answer', async () => {
    const report = await timedOut({}, ({ from, there }, attempt) => ({
      after: { n1: line('SYN_SENT', attempt, from, there, { unreplied: true }) },
      events: { n3: lineThere('SYN_SENT', attempt, from, there, { unreplied: true }) },
    }))
    expect(deathOf(report)).toEqual(['unplaced', null, null])
  })

  test('that no rule translated, or that was led to what is no endpoint', async () => {
    const bare = await timedOut({}, ({ from }, attempt) => ({
      after: { n1: line('SYN_SENT', attempt, from, `${attempt.address}:80`, { unreplied: true }) },
    }))
    expect([deathOf(bare), codes(bare)]).toEqual([['translation', 'n1', null], expect.arrayContaining(['SVP606'])])
    const stale = await timedOut({}, ({ from }, attempt) => ({
      after: { n1: line('SYN_SENT', attempt, from, '10.244.9.9:8080', { unreplied: true }) },
    }))
    expect([deathOf(stale), codes(stale)]).toEqual([['stale', 'n1', null], expect.arrayContaining(['SVP606'])])
  })

  test('never left the client’s node where conntrack there has none', async () => {
    expect(deathOf(await timedOut({}, () => ({})))).toEqual(['node', 'n1', null])
  })
})

describe('a connection that is refused', () => {
  const refused = async (
    more: Partial<World>,
    lines: (
      world: Awaited<ReturnType<typeof client>>,
      attempt: Parameters<World['make']>[0],
    ) => Partial<ReturnType<World['make']>>,
  ) => {
    const world = await client()
    return probed({ ...world, make: (attempt) => ({ result: 'refused', ...lines(world, attempt) }), ...more })
  }

  test('is not placed where nobody watched: it leaves no entry', async () => {
    expect(deathOf(await refused({ watched: false }, () => ({})))).toEqual(['unplaced', null, null])
  })

  test('is not placed where its arrival was not seen', async () => {
    const report = await refused({}, ({ from, there }, attempt) => ({
      events: { n1: line('SYN_SENT', attempt, from, there, { unreplied: true }) },
    }))
    expect(deathOf(report)).toEqual(['unplaced', null, null])
  })

  test('was refused by the pod where it came there', async () => {
    const report = await refused({}, ({ from, there }, attempt) => ({
      events: {
        n1: line('SYN_SENT', attempt, from, there, { unreplied: true }),
        n3: lineThere('SYN_SENT', attempt, from, there, { unreplied: true }),
      },
    }))
    expect(['refused', 'closed']).toContain(deathOf(report)[0])
    expect(deathOf(report)[1]).toBe('n3')
  })
})

describe('a connection that was answered', () => {
  const connected = async (
    more: Partial<World>,
    lines: (
      world: Awaited<ReturnType<typeof client>>,
      attempt: Parameters<World['make']>[0],
    ) => Partial<ReturnType<World['make']>>,
  ) => {
    const world = await client()
    return probed({ ...world, make: (attempt) => ({ result: 'connected', ...lines(world, attempt) }), ...more })
  }
  const through = ({ from, there }: Awaited<ReturnType<typeof client>>, attempt: Parameters<World['make']>[0]) => ({
    after: { n1: line('TIME_WAIT', attempt, from, there) },
    look: { n3: lineThere('TIME_WAIT', attempt, from, there) },
  })

  test('got through, to the endpoint that conntrack names', async () => {
    const report = await connected({ count: 3 }, through)
    const { there } = await client()
    expect([report.outcome, report.through, codes(report).includes('SVP606')]).toEqual(['passed', 3, false])
    expect(entryOf(report).endpoints.filter(({ led }) => led > 0)).toMatchObject([
      { led: 3, through: 3, due: expect.closeTo(0.2) },
    ])
    expect(entryOf(report).connections.map(({ endpoint }) => endpoint)).toEqual([there, there, there])
  })

  test('is not known to have got through where a pod’s node has not seen it', async () => {
    const report = await connected({}, () => ({}))
    expect([report.outcome, report.unknown]).toEqual(['unknown', 1])
    expect(entryOf(report).unknowns[0]).toContain('a proxy in the pod')
  })

  test('is lost where the endpoint still waits for the end of the handshake at the look after', async () => {
    const half = await connected({}, ({ from, there }, attempt) => ({
      after: { n1: line('FIN_WAIT', attempt, from, there) },
      look: { n3: lineThere('SYN_RECV', attempt, from, there) },
    }))
    expect(deathOf(half)).toEqual(['later', 'n3', null])
    const early = await connected({}, ({ from, there }, attempt) => ({
      after: { n1: line('FIN_WAIT', attempt, from, there), n3: lineThere('SYN_RECV', attempt, from, there) },
    }))
    expect(early.outcome).toBe('passed')
  })

  test('SVP606: by a way that the walk calls shut', async () => {
    const before = await observationIn({ files: forwardDrop('n1') })
    const report = await connected({ before }, through)
    expect(report.findings[0]).toMatchObject({ code: 'SVP606', node: 'n1', severity: 'warning' })
    expect(report.findings[0]!.fix).toContain('kubectl svcpath capture web -n shop --redact')
    // The way was opened in the meantime.
    expect(codes(await connected({ before, after: await usual() }, through))).not.toContain('SVP606')
  })
})
