/** What a check says of a move of the proxy, in every format. */
import { Chalk } from 'chalk'
import { describe, expect, test } from 'vitest'
import { CATALOGUE } from '../../../src/diagnose/catalogue.ts'
import type { CheckReport, Migration } from '../../../src/model/check.ts'
import { renderCheck } from '../../../src/render/check/render.ts'
import type { CheckOutput } from '../../../src/render/outputs.ts'
import { makeCheck, makeChecked, makeFinding } from './factory.ts'

const node = (name: string, parts: Partial<Migration['nodes'][number]> = {}): Migration['nodes'][number] => ({
  ...{ name, now: 'other', changes: 0, unread: [] },
  ...parts,
})

const change = makeFinding({
  ...{ code: 'SVP335', name: 'changes-with-nftables-mode', severity: 'info', node: 'n1' },
  ...{ message: 'node port 30080 answers at every address of n1', clients: [], who: [], consequences: [], leadsTo: [] },
})

const report: CheckReport = {
  ...makeCheck([makeChecked({ findings: [change] })]),
  migration: {
    to: 'nftables',
    nodes: [
      node('n1', { changes: 1 }),
      node('n2', { unread: ['the connections', "kube-proxy's counters"] }),
      node('n3', { unread: ['the connections', "kube-proxy's counters"] }),
      node('n4', { now: 'there' }),
      node('n5', { now: 'unread', reason: 'no answer within 5 s' }),
      node('n6', { now: 'foreign' }),
      node('n7', { now: 'unknown', unread: ["kube-proxy's rules"] }),
      node('n8'),
    ],
  },
}

const LINES = [
  'n1: 1 difference found, see SVP335',
  "n2, n3: nothing found that would change; not read: the connections, kube-proxy's counters",
  'n4: kube-proxy is in nftables mode already',
  'n5: not read (no answer within 5 s): what would change is not known',
  'n6: kube-proxy does not serve Services here, so its mode changes nothing',
  "n7: what would change is not known; not read: kube-proxy's rules",
  'n8: nothing found that would change',
]

const render = (output: CheckOutput): string =>
  renderCheck(report, output, { colour: new Chalk({ level: 0 }), width: null, verbose: false }, CATALOGUE)

describe('the table', () => {
  test('says node by node what was found, and what was not read', () => {
    expect(render('table')).toContain(['MIGRATION of kube-proxy to nftables mode', ...LINES].join('\n'))
  })

  test('names what would change of services that pass, too', () => {
    expect(render('table')).toContain('node port 30080 answers at every address of n1')
  })
})

test.each<CheckOutput>(['junit', 'sarif', 'github', 'tap'])('%s holds every line', (output) => {
  const text = render(output).replaceAll('&apos;', "'")
  for (const line of LINES) expect(text).toContain(line)
})

test('json holds the data', () => {
  expect(JSON.parse(render('json')).migration).toEqual(report.migration)
})
