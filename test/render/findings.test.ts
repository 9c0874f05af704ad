import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import type { Who } from '../../src/model/who.ts'
import { findingHeads, findingLines } from '../../src/render/findings.ts'
import { clientsText } from '../../src/render/node-names.ts'
import { stringWidth } from '../../src/render/terminal.ts'
import { renderTree } from '../../src/render/tree.ts'
import { makeFinding } from './check/factory.ts'
import { makeReport } from './report-factory.ts'

const look = (width: number | null = null, verbose = false) => ({ colour: new Chalk({ level: 0 }), width, verbose })
const info = makeFinding({ code: 'SVP802', name: 'evidence-missing', severity: 'info', node: null })

test('heads say the fault, its nodes and its fix, and leave out what is only worth knowing', () => {
  const findings = [
    makeFinding(),
    makeFinding({ node: 'n3', message: makeFinding().message.replace('n2', 'n3') }),
    info,
  ]
  expect(findingHeads(findings, look(80))).toEqual([
    '✗ n2, n3  every connection from each of them goes to 10.244.1.9:8080,     SVP303',
    '  which is no longer an endpoint',
    '  fix: restart kube-proxy on n2',
    '  more: kubectl svcpath explain SVP303',
  ])
})

test('a finding tells whom it concerns, its proof, what follows and what mends it', () => {
  expect(findingLines([makeFinding()], look())).toEqual([
    '✗ n2  every connection from n2 goes to 10.244.1.9:8080, which is no longer an endpoint        SVP303',
    '  affects: pods on n2',
    '  fix: restart kube-proxy on n2',
    '  proof: n2  iptables-save -c  nodes/n2/iptables-save.txt:12  -A KUBE-SEP-X',
    '  leads to:',
    '    - SVP304 missing-endpoint: 10.244.1.7:8080',
  ])
})

test('whom several nodes’ findings concern is told by kind', () => {
  const at = (kind: 'pods' | 'outside', node: string): Who => ({ kind, name: null, node })
  const clients = ['n1', 'n2', 'n3'].flatMap((node) => [at('pods', node), at('outside', node)])
  expect(clientsText([...clients, { kind: 'pod', name: 'shop/client', node: 'n1' }])).toBe(
    'pods on n1, n2, n3; outside clients that arrive at n1, n2, n3; pod shop/client',
  )
  expect(clientsText(Array.from({ length: 9 }, (_, i) => at('pods', `n${i}`)))).toBe(
    'pods on n0, n1, n2, n3 and 5 more',
  )
})

test('of much proof three lines are shown, and all with -v', () => {
  const evidence = Array.from({ length: 9 }, (_, i) => ({ ...makeFinding().evidence[0]!, line: i + 1 }))
  const lines = findingLines([makeFinding({ evidence })], look())
  expect(lines.filter((line) => line.includes('KUBE-SEP-X'))).toHaveLength(3)
  expect(lines).toContain('         … and 6 more lines, see -v')
  const all = findingLines([makeFinding({ evidence })], look(null, true))
  expect(all.filter((line) => line.includes('KUBE-SEP-X'))).toHaveLength(9)
})

test('what mends it can be pasted, however narrow the terminal is', () => {
  const fix = 'kubectl -n kube-system get pods -o wide --field-selector spec.nodeName=n2  # is kube-proxy there?'
  const lines = (width: number | null) => {
    const all = findingLines([makeFinding({ fix })], look(width))
    const start = all.findIndex((line) => line.startsWith('  fix: '))
    return all.slice(
      start,
      all.findIndex((line) => line.startsWith('  proof: ')),
    )
  }
  expect(lines(null)).toEqual([`  fix: ${fix}`])
  expect(lines(60)).toEqual([
    '  fix: kubectl -n kube-system get pods -o wide \\',
    '         --field-selector spec.nodeName=n2',
    '       # is kube-proxy there?',
  ])
  expect(findingLines([makeFinding({ fix: 'take the rule away' })], look(20))).toContain('       away')
})

test.each([50, 72, 120])('no line is wider than %d columns', (width) => {
  for (const line of findingLines([makeFinding(), info], look(width)))
    expect(stringWidth(line)).toBeLessThanOrEqual(width)
})

test('the tree ends with its findings, and tells no reason twice', () => {
  const reasons = [
    {
      verdict: 'broken' as const,
      node: 'n2',
      subject: '10.96.0.80:80',
      message: 'its rules lead elsewhere',
      evidence: [],
      finding: 'SVP303',
    },
    { verdict: 'unknown' as const, node: 'n3', subject: null, message: 'n3 was not read', evidence: [] },
  ]
  const text = renderTree(makeReport({ verdict: 'degraded', findings: [makeFinding()], reasons }), look())
  expect(text).not.toContain('its rules lead elsewhere')
  expect(text).toContain('? n3: n3 was not read')
  expect(text.trimEnd().split('\n').at(-1)).toBe('    - SVP304 missing-endpoint: 10.244.1.7:8080')
  expect(text.indexOf('SVP303')).toBeLessThan(text.indexOf('ClusterIP'))
  expect(text.indexOf('ClusterIP')).toBeLessThan(text.indexOf('FINDINGS'))
})

test('what follows alike on several nodes is told once, with their names', () => {
  const at = (node: string) => ({ ...makeFinding().evidence[0]!, node })
  const leadsTo = ['n1', 'n2', 'n3'].map((node) => {
    return { code: 'SVP304', name: 'missing-endpoint', node, message: `no rule on ${node} leads there` }
  })
  const finding = makeFinding({ node: null, leadsTo, evidence: ['n1', 'n2', 'n3', 'n4'].map(at) })
  const lines = findingLines([finding], look())
  expect(lines).toContain('    - SVP304 missing-endpoint: no rule on n1, n2, n3 leads there')
  expect(lines).toContain('         … and 1 more line, see -v')
})
