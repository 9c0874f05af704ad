/** Connections that outlive what made them: those to a service that is gone (SVP604), and those that keep all others idle (SVP605). */
import { expect, test } from 'vitest'
import { joinHostPort } from '../../src/model/address.ts'
import { type Bending, type Files, findingsIn, objects } from './bend.ts'

const IP = '10.96.244.84'
const GONE = '10.96.100.9'
const DNS = { service: 'kube-system/kube-dns' }

const asked = (what: string) =>
  JSON.stringify({
    ...{ apiVersion: 'svcpath/v1alpha1', kind: 'Capture', version: '1', observedAt: '2026-01-01T00:00:00Z' },
    ...{ cluster: 'lab', asked: what, nodes: [], unread: [] },
  })

interface Held {
  protocol?: string
  to: string
  port?: number
  by: string
}

/** An entry for each, of clients of their own. */
const entries = (all: readonly Held[]) =>
  all
    .map(({ protocol = 'udp', to, port = 53, by }, i) => {
      const [address, own] = [by.slice(0, by.lastIndexOf(':')), by.slice(by.lastIndexOf(':') + 1)]
      const client = `10.244.1.${100 + (i % 100)}`
      const head = protocol === 'udp' ? 'ipv4     2 udp      17 25' : 'ipv4     2 tcp      6 86000 ESTABLISHED'
      return `${head} src=${client} dst=${to} sport=${40000 + i} dport=${port} src=${address} dst=${client} sport=${own} dport=${40000 + i} [ASSURED] mark=0 use=1\n`
    })
    .join('')

const endpointsOf = (files: Files, service: string) => {
  const found: string[] = []
  objects(files, 'endpointslices', (items) => {
    for (const slice of items)
      if (slice.metadata.labels?.['kubernetes.io/service-name'] === service && slice.addressType === 'IPv4')
        for (const { addresses } of slice.endpoints) found.push(joinHostPort(addresses[0], slice.ports[0].port))
  })
  return [...new Set(found)].sort()
}

const found = async (bending: Bending, code: string) =>
  (await findingsIn(bending)).filter((one) => one.code === code).map(({ node, message }) => [node, message])

const held =
  (change: (dns: string) => Held, what = 'all') =>
  (files: Files) => {
    files.set('manifest.json', asked(what))
    files.set('nodes/n1/conntrack.txt', entries([change(endpointsOf(files, 'kube-dns')[0]!)]))
  }

test('SVP604: packets to the address of a service that is gone still reach an endpoint', async () => {
  const [one, ...others] = await found({ ...DNS, files: held((dns) => ({ to: GONE, by: dns })) }, 'SVP604')
  expect(others).toEqual([])
  expect(one).toEqual([
    'n1',
    expect.stringMatching(
      /^no service has the address 10\.96\.100\.9:53 now, yet UDP packets that 10\.244\.1\.100 sends there still go to 10\.244\.\S+:53, an endpoint/,
    ),
  ])
})

test.each<[what: string, files: (files: Files) => void]>([
  ['not all services were listed', held((dns) => ({ to: GONE, by: dns }), 'kube-system/kube-dns')],
  ['a service has the address', held((dns) => ({ to: IP, by: dns }))],
  ['it lies outside of all that services have', held((dns) => ({ to: '10.97.0.1', by: dns }))],
  ['it is TCP, which may outlive its service', held((dns) => ({ to: GONE, by: dns, protocol: 'tcp' }))],
  ['it leads to no endpoint of this service', held(() => ({ to: GONE, by: '10.244.9.9:53' }))],
  ['it was never translated', held(() => ({ to: GONE, by: `${GONE}:53` }))],
])('no SVP604 where %s', async (_what, files) => {
  expect(await found({ ...DNS, files }, 'SVP604')).toEqual([])
})

/** `count` open connections from n1 to the first of web's endpoints, and nothing counted on the way to any. */
const busy =
  (count: number, { first = 2, counted = '[0:0]', state = 'tcp' } = {}) =>
  (files: Files) => {
    for (const node of ['n1', 'n2', 'n3']) {
      const path = `nodes/${node}/iptables-save.txt`
      files.set(path, files.get(path)!.replaceAll(/^\[\d+:\d+\](?= -A KUBE-SEP-)/gm, counted))
      files.set(`nodes/${node}/conntrack.txt`, '')
    }
    const all = endpointsOf(files, 'web')
    const open = Array.from({ length: count }, (_, i) => ({ protocol: state, to: IP, port: 80, by: all[i % first]! }))
    files.set('nodes/n1/conntrack.txt', entries(open))
  }

test('SVP605: clients keep old connections to two of five endpoints, and the others stay idle', async () => {
  const [one, ...others] = await found({ files: busy(200) }, 'SVP605')
  expect(others).toEqual([])
  expect(one![1]).toMatch(
    /^200 open connections to 10\.96\.244\.84:80 from n1 lead to (10\.244\.\S+:8080,? ){2}and none to (10\.244\.\S+:8080(, |:)){3} ?clients keep old connections, so these endpoints stay idle$/,
  )
})

test.each<[what: string, bending: Bending]>([
  ['so few connections miss an endpoint by chance', { files: busy(20) }],
  ['each has one', { files: busy(200, { first: 5 }) }],
  ['the rules led some to the others, which ended', { files: busy(200, { counted: '[3:180]' }) }],
  [
    'affinity holds clients to them',
    {
      files: (files) => {
        busy(200)(files)
        objects(files, 'services', (items) => {
          for (const { metadata, spec } of items) if (metadata.name === 'web') spec.sessionAffinity = 'ClientIP'
        })
      },
    },
  ],
])('no SVP605 where %s', async (_what, bending) => {
  expect(await found(bending, 'SVP605')).toEqual([])
})
