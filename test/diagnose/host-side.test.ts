/** Pods' links that are down, with and without a look into the pods' network namespaces: the host's side alone proves some, and gives doubts of the others. */
import { describe, expect, test } from 'vitest'
import { type Bending, type Files, named, objects, reportIn } from './bend.ts'
import { all, type Bend, each, json, links, routes } from './bendings.ts'

const BLIND: Bend = each((node) => (files) => void files.delete(`nodes/${node}/pod-netns.txt`))
const SEEING: Bend = () => undefined

const down = (name: string) => (link: { ifname: string; flags: string[] }) =>
  link.ifname === name ? { ...link, flags: link.flags.filter((flag) => !/UP$/.test(flag)), operstate: 'DOWN' } : link
const forget = (node: string, name: string): Bend =>
  all(
    // The kernel forgets what was learned behind a port that goes down, and tries the neighbour in vain.
    json(`nodes/${node}/bridge-fdb.json`, (every) => every.filter(({ ifname }) => ifname !== name)),
    (files) => void files.delete(`nodes/${node}/brctl-showmacs-cni0.txt`),
  )
/** `ip link set cni0 down`: its routes go with it. */
const bridgeDown = (node: string): Bend =>
  all(
    links(node, down('cni0')),
    routes(node, (every) => every.filter(({ dev }) => dev !== 'cni0')),
  )
/** The host's end of the pod at an address. */
const vethOf = (files: Files, node: string, address: string): string => {
  const line = files
    .get(`nodes/${node}/pod-netns.txt`)!
    .split('\n')
    .find((one) => one.includes(`"${address}"`))!
  const index = /"link_index":(\d+)/.exec(line)![1]
  return JSON.parse(files.get(`nodes/${node}/ip-link.json`)!).find(
    (one: { ifindex: number }) => one.ifindex === Number(index),
  ).ifname
}
const vethDown =
  (node: string, address: string): Bend =>
  (files) => {
    const veth = vethOf(files, node, address)
    all(links(node, down(veth)), forget(node, veth))(files)
  }
/** A service with its one endpoint on n2. */
const FAR = 'shop/web-local'

const codes = ({ findings }: Awaited<ReturnType<typeof reportIn>>) =>
  findings.filter(({ severity }) => severity === 'error').map(({ code, node, subject }) => `${code} ${node} ${subject}`)
const bent = (...files: Bend[]): Bending => ({ files: all(...files) })

describe.each([
  ['with the pods’ namespaces', SEEING],
  ['by the host’s side alone', BLIND],
])('%s', (_, seen) => {
  test('a bridge that is down is named, and not the route that went with it', async () => {
    const report = await reportIn(bent(bridgeDown('n2'), seen))
    expect(codes(report)).toEqual(['SVP503 n2 cni0'])
    expect(report.verdict).toBe('degraded')
  })

  test('a bridge that is down on the client’s node alone is named', async () => {
    const report = await reportIn({ ...bent(bridgeDown('n3'), seen), service: FAR })
    expect(codes(report)).toContain('SVP503 n3 cni0')
    expect(report.findings.find(({ code }) => code === 'SVP503')?.clients).toEqual(['pods on n3'])
  })

  test('so it is for one pod there', async () => {
    const onN3: Bend = (files) =>
      objects(files, 'pods', (items) => Object.assign(named(items, 'client').spec, { nodeName: 'n3' }))
    const movedIn: Bend = (files) =>
      objects(files, 'pods', (items) =>
        Object.assign(named(items, 'client').status, { podIP: '10.244.3.77', podIPs: [{ ip: '10.244.3.77' }] }),
      )
    const files = all(bridgeDown('n3'), onN3, movedIn, seen)
    const from = { kind: 'pod' as const, namespace: 'shop', name: 'client', node: 'n3', addresses: ['10.244.3.77'] }
    expect(codes(await reportIn({ files, from, service: FAR }))).toEqual(['SVP503 n3 cni0'])
  })

  test('a bridge that nobody uses is none of the path', async () => {
    const left: Bend = (files) => {
      links('n3', (link) => (link.master === 'cni0' ? { ...link, master: undefined } : (down('cni0')(link) as never)))(
        files,
      )
      routes('n3', (every) => every.filter(({ dev }) => dev !== 'cni0'))(files)
    }
    expect(codes(await reportIn({ ...bent(left, seen), service: FAR }))).toEqual([])
  })
})

describe('a pod’s interface that is down', () => {
  test('is named where the pod’s namespace shows which it is', async () => {
    const report = await reportIn(bent(vethDown('n2', '10.244.2.4')))
    expect(codes(report)).toEqual([expect.stringMatching(/^SVP503 n2 veth/)])
  })

  test('is a doubt of every node that leads there, where nothing shows it', async () => {
    const report = await reportIn(bent(vethDown('n2', '10.244.2.4'), BLIND))
    expect(codes(report)).toEqual([])
    expect(report.verdict).toBe('unknown')
    for (const { verdict, entries } of report.nodes) {
      expect(verdict).toBe('unknown')
      expect(entries[0]?.reason).toMatch(
        /^the port veth\w+ of cni0 is down on n2, and whether 10\.244\.2\.4 is behind it/,
      )
    }
  })

  test('of a pod that no endpoint is', async () => {
    const report = await reportIn(bent(vethDown('n1', '10.244.1.2'), BLIND))
    expect(report.verdict).toBe('reachable')
    expect(report.notes).toContainEqual(expect.stringContaining('network namespaces were not read'))
  })
})

test('who looks now is told all that the pods’ namespaces would have shown', async () => {
  const { findings } = await reportIn({ ...bent(BLIND), source: 'live' })
  const missing = findings
    .filter(({ code, node }) => code === 'SVP802' && (node ?? 'n2') === 'n2')
    .map(({ message }) => message)
  for (const code of ['SVP108', 'SVP411', 'SVP503', 'SVP504']) expect(missing.join('\n')).toContain(code)
})
