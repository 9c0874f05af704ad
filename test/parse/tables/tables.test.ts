/** Service tables of other data planes, with real output (test/fixtures/dataplanes). */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAntreaFlows } from '../../../src/parse/tables/antrea.ts'
import { parseCalicoNat } from '../../../src/parse/tables/calico.ts'
import { parseOvnLoadBalancers } from '../../../src/parse/tables/ovn.ts'
import { observeFiles } from '../../observations.ts'

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/dataplanes/${name}`, import.meta.url), 'utf8')

const told = (value: ReturnType<typeof parseOvnLoadBalancers>['value']) =>
  value![0]!.frontends.map(({ protocol, address, port, backends }) => [
    `${protocol} ${address} ${port}`,
    ...backends.map((one) => `${one.address} ${one.port}`),
  ])

test('OVN: load balancers with several addresses, and with nothing behind them', () => {
  const { value, problems } = parseOvnLoadBalancers(fixture('ovn-nbctl-ls-lb-list.txt'), 'x')
  expect(problems).toEqual([])
  expect(told(value)).toEqual([
    ['TCP 10.96.0.1 443', '172.19.0.2 6443'],
    ['TCP 10.96.0.10 53', '10.244.2.3 53', '10.244.2.5 53'],
    ['TCP 10.96.0.10 9153', '10.244.2.3 9153', '10.244.2.5 9153'],
    ['TCP 10.96.77.79 80'],
    ['UDP 10.96.77.79 1337'],
  ])
  expect(value![0]!.extent).toEqual({ kind: 'all' })
  expect(value![0]!.frontends[2]!.source).toMatchObject({ line: 5 })
})

test('OVN: IPv6', () => {
  const { value, problems } = parseOvnLoadBalancers(fixture('ovn-nbctl-lb-list.txt'), 'x')
  expect(problems).toEqual([])
  expect(told(value).at(-1)).toEqual([
    'UDP fd00:10:96::6e41 91',
    'fd00:10:244:1::6 90',
    'fd00:10:244:2::4 90',
    'fd00:10:244:3::5 90',
  ])
})

test('OVN: without its heading a list is a part, and a line that is cut is a problem', () => {
  const text = fixture('ovn-nbctl-ls-lb-list.txt')
  expect(parseOvnLoadBalancers(text.replace(/^UUID.*\n/m, ''), 'x').value![0]!.extent.kind).toBe('part')
  const cut = parseOvnLoadBalancers(text.slice(0, text.indexOf('10.244.2.3:53') + 20), 'x')
  expect([cut.value![0]!.extent.kind, cut.problems.length]).toEqual(['part', 1])
})

test('Calico: frontends between lines of a log', () => {
  const { value, problems } = parseCalicoNat(fixture('nat-dump.txt').replace('...', ''), 'x')
  expect(problems).toEqual([])
  expect(told(value).slice(0, 3)).toEqual([
    ['TCP 10.49.10.100 2379', '10.48.7.86 2379'],
    ['TCP 10.49.205.93 9443', '10.48.32.200 9443'],
    ['TCP 10.49.82.5 80', '10.48.162.144 8000'],
  ])
  expect(value![0]!.frontends.every(({ whole }) => whole)).toBe(true)
  expect(value![0]!.extent.kind).toBe('part')
})

test('Calico: a frontend with fewer backends than it counts is not whole', () => {
  const { value } = parseCalicoNat('10.49.82.5 port 80 proto 6 id 18 count 2 local 0\n\t18:0 10.48.162.144:8000\n', 'x')
  expect(value![0]!.frontends[0]).toMatchObject({ whole: false, backends: [{ port: 8000 }] })
})

test('Antrea: a group’s buckets hold the endpoints, and a flow names its group', () => {
  const text = fixture('antrea-group-and-flows.txt')
  // The two were not copied from the same cluster.
  const { value, problems } = parseAntreaFlows(text.replace('group_id=5,', 'group_id=8,'), 'x')
  expect(problems).toEqual([])
  expect(told(value)).toEqual([['TCP 10.96.0.1 443', '10.10.0.2 9153', '10.10.0.3 9153', '10.10.0.4 9153']])
  expect(value![0]!.frontends[0]).toMatchObject({ whole: true, source: { line: 6 } })
  // The group is not in the text.
  expect(parseAntreaFlows(text, 'x').value![0]!.frontends[0]).toMatchObject({ whole: false, backends: [] })
})

test('Antrea: newer flows name their table and set fields; groups of another writer are none of Antrea’s', () => {
  const flow =
    'table=ServiceLB, n_packets=3, n_bytes=222, priority=200,udp,reg4=0x10000/0x70000,nw_dst=10.96.0.10,tp_dst=53 actions=set_field:0x9->reg7,group:9\n'
  const group =
    'group_id=9,type=select,bucket=bucket_id:0,weight:100,actions=set_field:0x4000/0x4000->reg0,set_field:0xa0a0018->reg3,set_field:0x35/0xffff->reg4,resubmit:EndpointDNAT\n'
  expect(told(parseAntreaFlows(flow + group, 'x').value)).toEqual([['UDP 10.96.0.10 53', '10.10.0.24 53']])
  const ovn = 'group_id=9,type=select,bucket=bucket_id:0,weight:100,actions=ct(commit,table=2,nat(dst=172.25.4.3:53))\n'
  expect(parseAntreaFlows(flow + ovn, 'x').value).toBe(null)
})

test.each([
  ['antrea-group-and-flows.txt', 'antreaFlows'],
  ['ovn-nbctl-lb-list.txt', 'ovnLb'],
  ['ovn-nbctl-ls-lb-list.txt', 'ovnLb'],
  ['nat-dump.txt', 'calicoNat'],
])('%s, as pasted', async (name, kind) => {
  const { nodes, recognised } = await observeFiles({ [name]: fixture(name) })
  expect(recognised!.map((one) => one.kind)).toEqual([kind])
  expect(nodes[0]!.serviceTables).toHaveLength(1)
})

test('junk is never more than a problem', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(parseOvnLoadBalancers, parseCalicoNat, parseAntreaFlows),
      (text, parse) => {
        parse(text, 'x')
      },
    ),
  )
})
