/** Where a flow table carries connections, counters are partial, and the report says so beside them. */
import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import { renderReport } from '../../src/render/render.ts'
import { reportIn } from '../diagnose/bend.ts'
import { type Bend, text } from '../diagnose/bendings.ts'

const fast: Bend = text(
  'nodes/n1/nft-fast.txt',
  'table inet fast {\n\tchain forward {\n\t\ttype filter hook forward priority 10; policy accept;\n\t\tct state established flow add @ft\n\t}\n}\n',
)

const NOTE = 'counts of packets and bytes are partial'
const look = { colour: new Chalk({ level: 0 }), width: null, verbose: true }

test('the node says so, and the counters of rules that packets are carried past', async () => {
  const report = await reportIn({ files: fast, service: 'shop/web-np' })
  const [n1, n2] = report.nodes
  expect(n1!.counterNote).toContain(NOTE)
  expect(n2).not.toHaveProperty('counterNote')
  const rules = n1!.entries.flatMap((entry) => entry.rules)
  const passed = rules.filter(({ counter }) => counter?.partial)
  expect(new Set(passed.map(({ table }) => table))).toEqual(new Set(['filter']))
  expect(passed.map(({ chain }) => chain)).toContain('FORWARD')
  // A nat rule sees the first packet of a connection alone, which no flow table carries.
  expect(rules.some(({ table, counter }) => table === 'nat' && counter?.partial)).toBe(false)
  expect(rules.some(({ table, counter }) => table === 'nat' && counter)).toBe(true)
  expect(report.nodes[1]!.entries.flatMap((entry) => entry.rules).some(({ counter }) => counter?.partial)).toBe(false)
})

test.each(['tree', 'wide'] as const)('%s shows it below the name of the node', async (output) => {
  const lines = renderReport(await reportIn({ files: fast, service: 'shop/web-np' }), output, look).split('\n')
  const at = lines.findIndex((line) => line.startsWith('n1 '))
  expect(lines[at + 1]).toContain(NOTE)
  expect(lines.filter((line) => line.includes(NOTE)).length).toBeLessThanOrEqual(2)
})

test('the tree marks each such counter', async () => {
  const tree = renderReport(await reportIn({ files: fast, service: 'shop/web-np' }), 'tree', look)
  expect(tree).toMatch(/≥\d+ {2}filter /)
  expect(tree).not.toMatch(/≥\d+ {2}nat /)
})
