/** What a probe may send to: the entries of the named service, and nothing else. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { probeScript } from '../../src/collect/probe/script.ts'
import { entriesOf } from '../../src/model/entry.ts'
import { guarded } from '../../src/probe/guard.ts'
import { nodePlace, podPlace, probedNodes, usualPlaces } from '../../src/probe/places.ts'
import { planProbe } from '../../src/probe/plan.ts'
import { sourcePorts } from '../../src/probe/ports.ts'
import { requestsOf } from '../../src/probe/requests.ts'
import { CAPTURES, capturePath } from '../fixtures.ts'
import { observe } from '../observations.ts'
import { podIn, serviceIn, usual } from './world.ts'

const FRAME = '0123456789abcdef'.repeat(2)

describe('the guard', () => {
  test.each(CAPTURES)(
    '%s: every attempt of every plan goes to an entry, and scripts hold no other',
    async (capture) => {
      const observation = await observe(capturePath(capture))
      const { cluster, nodes } = observation
      const own = new Set((cluster.nodes ?? []).flatMap(({ addresses }) => addresses.map(({ address }) => address)))
      const pods = (cluster.pods ?? []).filter((pod) => !pod.hostNetwork && pod.node && pod.ips.length > 0)
      const places = [...nodes.slice(0, 2).map(({ name }) => nodePlace(name)), ...pods.slice(0, 2).map(podPlace)]
      for (const service of (cluster.services ?? []).slice(0, 12)) {
        const endpoints = cluster.endpointsOf(service.namespace, service.name) ?? []
        const entries = entriesOf(service, endpoints)
        const isEntry = (protocol: string, address: string, port: number) =>
          entries.some(
            (one) =>
              one.port === port &&
              one.protocol.toLowerCase() === protocol &&
              (one.address === null ? own.has(address) : one.address === address),
          )
        let plan: ReturnType<typeof planProbe>
        try {
          plan = planProbe(observation, service, { places, port: null, count: 2, random: Math.random })
        } catch (error) {
          expect((error as Error).message).toMatch(/nothing to connect to|would make/)
          continue
        }
        for (const { protocol, address, port } of plan.attempts)
          expect(isEntry(protocol, address, port), `${address} ${port}`).toBe(true)
        for (const request of requestsOf(plan, { timeoutMs: 2000, rate: 20 }).values()) {
          const jobs = [
            ...probeScript(request, FRAME).matchAll(/^(?: *place \d+ '[^']*' ')?(?:\d+) (tcp|udp) (\S+) (\d+) /gm),
          ]
          expect(jobs).toHaveLength(request.places.reduce((sum, { attempts }) => sum + attempts.length, 0))
          for (const [, protocol, address, port] of jobs) expect(isEntry(protocol!, address!, Number(port))).toBe(true)
        }
      }
    },
  )

  test('refuses every other address and port', async () => {
    const observation = await usual()
    const service = serviceIn(observation, 'shop/web-np')
    const endpoints = observation.cluster.endpointsOf('shop', 'web-np') ?? []
    const nodes = observation.cluster.nodes ?? []
    const allowed = new Set([
      `tcp ${service.clusterIPs[0]} 80`,
      ...nodes.flatMap(({ addresses }) => addresses.map(({ address }) => `tcp ${address} 30080`)),
    ])
    const addresses = [
      service.clusterIPs[0]!,
      ...nodes.flatMap((one) => one.addresses.map(({ address }) => address)),
      ...endpoints.map(({ address }) => address),
    ]
    const any = fc.record({
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      address: fc.oneof(fc.constantFrom(...addresses), fc.ipV4(), fc.ipV6()),
      port: fc.oneof(fc.constantFrom(80, 30080, 8080), fc.integer({ min: 1, max: 65535 })),
    })
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 5 }), (targets) => {
        const attempts = targets.map((one, id) => ({ ...one, id, sourcePort: 61000 + id, payload: '' }))
        const isFine = targets.every(({ protocol, address, port }) => allowed.has(`${protocol} ${address} ${port}`))
        const check = () => guarded(attempts, { service, endpoints, nodes })
        if (isFine) expect(check()).toBe(attempts)
        else expect(check).toThrow('no entry of shop/web-np')
      }),
    )
  })

  test('nothing that is no address or number comes into a script', () => {
    const attempt = { id: 0, protocol: 'tcp' as const, address: '10.0.0.1', port: 80, sourcePort: 61000, payload: '' }
    const request = {
      ...{
        ports: { from: 61000, to: 61010 },
        endpoints: ["1.2.3.4'; reboot"],
        timeoutMs: 1000,
        rate: 20,
        request: null,
        watchMs: 0,
      },
      places: [
        {
          place: { kind: 'pod' as const, name: 'a/b', node: 'n1', addresses: ['$(reboot)'] },
          attempts: [attempt],
          spare: [],
        },
      ],
    }
    expect(probeScript(request, FRAME)).not.toContain('reboot')
    for (const wrong of [{ address: 'evil' }, { payload: '$(reboot)' }])
      expect(() =>
        probeScript({ ...request, places: [{ ...request.places[0]!, attempts: [{ ...attempt, ...wrong }] }] }, FRAME),
      ).toThrow()
  })
})

describe('a plan', () => {
  test('makes no more connections than are allowed', async () => {
    const observation = await usual()
    const options = { places: [nodePlace('n1')], port: null, count: 334, random: Math.random }
    const refused = () => planProbe(observation, serviceIn(observation, 'shop/web-np'), options)
    expect(refused).toThrow(
      'this would make 1002 connections: 334 to each of 3 pairs of a place and an entry; at most 1000',
    )
  })

  test('gives each connection a port of its own that nothing uses', async () => {
    const observation = await usual()
    const used = observation.nodes.flatMap(({ conntrack }) =>
      (conntrack ?? []).map(({ original }) => original.sourcePort),
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        fc.integer({ min: 1, max: 200 }),
        (count, luck, places) => {
          const { ports, spare, from, to } = sourcePorts(observation, { count, places }, () => luck)
          const all = [...ports, ...spare.flat()]
          // Two places on one node must never look alike.
          expect([ports.length, new Set(all).size]).toEqual([count, count + places * spare[0]!.length])
          expect(spare.map((own) => own.length >= 3)).toEqual(spare.map(() => true))
          expect(spare).toHaveLength(places)
          expect(all.every((port) => port >= from && port <= to && port > 60999 && port < 65536)).toBe(true)
          expect(all.filter((port) => used.includes(port))).toEqual([])
        },
      ),
    )
  })

  test('leaves out places to which no entry is open, and says so', async () => {
    const observation = await usual()
    const service = serviceIn(observation, 'shop/web-internal-local')
    const homes = new Set(observation.cluster.endpointsOf('shop', 'web-internal-local')!.map(({ node }) => node))
    const places = ['n1', 'n2', 'n3'].map(nodePlace)
    const plan = planProbe(observation, service, { places, port: null, count: 2, random: Math.random })
    expect(plan.places.map(({ name }) => name)).toEqual([...homes].sort())
    expect(plan.places.length).toBeLessThan(3)
    const away = places.flatMap(({ name }) => (homes.has(name) ? [] : `node ${name}`)).join(', ')
    expect(plan.notes).toContain(`not probed from ${away}: no entry of the service is open to them`)
  })

  test('leaves out what the service itself shuts: node ports of nodes without an endpoint, with the policy Local', async () => {
    const observation = await usual()
    const service = serviceIn(observation, 'shop/web-local')
    const homes = new Set(observation.cluster.endpointsOf('shop', 'web-local')!.map(({ node }) => node))
    const places = ['n1', 'n2', 'n3'].map(nodePlace)
    const { attempts } = planProbe(observation, service, { places, port: null, count: 1, random: Math.random })
    const away = attempts.filter(
      ({ target: { entry, node, place } }) => entry.kind === 'nodePort' && node !== place.node,
    )
    expect(away.length).toBeGreaterThan(0)
    for (const { target } of away) expect(homes).toContain(target.node)
  })

  test('places: five nodes, with and without endpoints; on each a pod that is no endpoint', async () => {
    const observation = await usual()
    const endpoints = observation.cluster.endpointsOf('shop', 'web') ?? []
    const many = Array.from({ length: 9 }, (_, i) => ({ ...observation.nodes[0]!, name: `n${i}` }))
    const held = [0, 1, 2, 3].map((i) => ({ ...endpoints[0]!, node: `n${i}` }))
    expect(probedNodes({ ...observation, nodes: many }, held, false)).toEqual(['n0', 'n1', 'n2', 'n4', 'n5'])
    expect(probedNodes({ ...observation, nodes: many }, held, true)).toHaveLength(9)
    const pods = observation.cluster.pods ?? []
    const [node, pod] = usualPlaces('n1', pods, endpoints, 'shop')
    expect([node!.kind, pod?.name]).toEqual(['node', podIn(observation, 'client').name])
  })
})
