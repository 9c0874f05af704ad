/** Rules and conntrack count the connections of all clients, whoever was named. */
import { expect, test } from 'vitest'
import type { EntryPath } from '../../src/model/report.ts'
import { renderReport } from '../../src/render/render.ts'
import { terminal } from '../../src/render/terminal.ts'
import { makeEndpoint, makeEntry, makeNode, makeReport } from './report-factory.ts'

const look = { ...terminal({}, { NO_COLOR: '1' }), width: 160 }
const OUTPUTS = ['tree', 'wide', 'dot', 'mermaid', 'markdown', 'html'] as const
const hits = { packets: 77, bytes: 4620 }

function report(client: string, who: EntryPath['who'], counted: boolean) {
  const endpoint = makeEndpoint(counted ? { hits } : { hits: null, connections: 77 })
  const entry = makeEntry({ client, who, endpoints: [endpoint], hits: counted ? hits : null, conntrack: 77 })
  const node = makeNode({ entries: [entry], connections: counted ? 77 : null })
  const other = { ...node, name: 'n2', sameAs: 'n1' }
  return makeReport({ nodes: [node, other] })
}

/** What stands behind each count. */
const behindCounts = (text: string) =>
  [...text.matchAll(/\b(?:77|154) (?:connections|conntrack entries|in conntrack)(.{0,13})/g)].map(([, after]) => after)

test.each(OUTPUTS)('%s says so beside every count', (output) => {
  for (const counted of [true, false])
    for (const who of [
      { kind: 'address', name: '10.244.1.77', node: 'n1' },
      { kind: 'pod', name: 'shop/client', node: 'n1' },
      { kind: 'node', name: 'n1', node: 'n1' },
    ] as const) {
      const text = renderReport(report(who.name, who, counted), output, look)
      const told = behindCounts(text)
      expect(told.length).toBeGreaterThan(0)
      expect(told.filter((after) => after !== ', all clients')).toEqual([])
    }
})

test.each(OUTPUTS)('%s says nothing of the kind where nobody was named', (output) => {
  const text = renderReport(report('a pod on n1', { kind: 'pods', name: null, node: 'n1' }, true), output, look)
  expect(behindCounts(text).length).toBeGreaterThan(0)
  expect(text).not.toContain('all clients')
})

test('the columns of endpoints are of all clients, too', () => {
  const named = report('10.244.1.77', { kind: 'address', name: '10.244.1.77', node: 'n1' }, true)
  expect(renderReport(named, 'tree', look)).toMatch(/expected +endpoint .* all clients +actual/)
  expect(renderReport(named, 'wide', look)).toContain('CONNECTIONS and CONNTRACK count all clients')
})
