/** Service tables of other data planes, with real output (test/fixtures/dataplanes). */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
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

test.each([
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
      fc.constantFrom(parseOvnLoadBalancers, parseCalicoNat),
      (text, parse) => {
        parse(text, 'x')
      },
    ),
  )
})
