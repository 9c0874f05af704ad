/** An address that two services claim: what the other's rules lead to is drawn as the other's. */
import { Chalk } from 'chalk'
import { describe, expect, test } from 'vitest'
import { OUTPUTS } from '../../src/render/outputs.ts'
import { renderReport } from '../../src/render/render.ts'
import { type Bending, named, objects, reportIn } from '../diagnose/bend.ts'
import { all, type Bend, each, edit, NFT, rules } from '../diagnose/bendings.ts'

const claim: Bend = (files) =>
  objects(files, 'services', (items) =>
    Object.assign(named(items, 'hostweb').spec, {
      externalIPs: ['198.51.100.7'],
      ports: [{ port: 8088, targetPort: 9080, protocol: 'TCP' }],
    }),
  )
const only =
  (node: string, path: string, others: RegExp): Bend =>
  (files) => {
    for (const name of [...files.keys()])
      if (name.startsWith(`nodes/${node}/`) && others.test(name) && !name.endsWith(path)) files.delete(name)
  }

/** By which the rival's endpoint got the address. */
const WON: Record<string, Bending> = {
  iptables: {
    files: each((node) =>
      edit(rules(node), /(-A KUBE-EXT-OURDHNJ7HLGW2QYA -j) KUBE-SVC-\w+/, '$1 KUBE-SVC-ELGSPV3FEBIGE3TB'),
    ),
  },
  nftables: {
    capture: NFT,
    files: each((node) =>
      all(
        only(node, 'nft.txt', /nft\.json$/),
        edit(
          `nodes/${node}/nft.txt`,
          /(198\.51\.100\.7 \. tcp \. 8088 : goto) \S+?(,?)\n/,
          '$1 service-DIMFKUPN-shop/hostweb/tcp/$2\n',
        ),
      ),
    ),
  },
  ipvs: {
    capture: 'k8s-1.32-ipvs',
    files: each((node) =>
      all(
        only(node, 'ipvsadm-Sn.txt', /ipvsadm|ip_vs/),
        edit(
          `nodes/${node}/ipvsadm-Sn.txt`,
          /(-a -t 198\.51\.100\.7:8088 -r .*\n)+/,
          '-a -t 198.51.100.7:8088 -r 172.30.0.13:9080 -m -w 1\n',
        ),
      ),
    ),
  },
}

describe.each(Object.entries(WON))('%s', (_, { files, ...bending }) => {
  const report = () => reportIn({ ...bending, service: 'shop/web-extip', files: all(claim, files!) })

  test("the endpoint is the rival's, by its name", async () => {
    const { nodes, findings } = await report()
    const external = nodes.flatMap(({ entries }) => entries.filter(({ kind }) => kind === 'externalIP'))
    expect(external.length).toBe(3)
    for (const { endpoints, verdict, reason } of external) {
      const led = endpoints.filter(({ probability }) => probability > 0)
      expect(led).toMatchObject([{ state: 'rival', rival: { namespace: 'shop', name: 'hostweb' } }])
      expect(verdict).toBe('broken')
      expect(reason).toContain('shop/hostweb')
    }
    const codes = findings.flatMap(({ code, leadsTo }) => [code, ...leadsTo.map((one) => one.code)])
    expect(codes).toContain('SVP109')
    expect(codes).not.toContain('SVP303')
  })

  test.each(OUTPUTS)('%s calls it no stale one', async (output) => {
    const printed = renderReport(await report(), output, {
      width: null,
      colour: new Chalk({ level: 0 }),
      verbose: true,
    })
    expect(printed).toMatch(/of shop\/hostweb|"name": "hostweb"|name: hostweb/)
    // A page says in its style sheet what a stale one would look like.
    expect(printed.replace(/<style>.*?<\/style>/s, '')).not.toMatch(
      /no endpoint any more|no endpoints any more|no longer an endpoint|\bstale\b/,
    )
  })

  test('it is stale where no service has it', async () => {
    const { nodes } = await reportIn({ ...bending, service: 'shop/web-extip', files: files! })
    const states = nodes.flatMap(({ entries }) =>
      entries.flatMap(({ kind, endpoints }) =>
        kind === 'externalIP' ? endpoints.flatMap(({ probability, state }) => (probability > 0 ? state : [])) : [],
      ),
    )
    expect(new Set(states)).toEqual(new Set(['stale']))
  })
})
