/** `check` of an Ingress: a row for itself, and one for each Service and port that it leads to. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { bin } from '../bin.ts'
import { capturePath } from '../fixtures.ts'
import { fixture } from './samples.ts'

const files = ['-f', capturePath('k8s-1.36-iptables-nft-bridge'), '-f', fixture('ingress.yaml')]
const run = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(bin, ['check', ...words, ...files], { encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

test('rows, exit code and names', () => {
  const { code, out } = run('ingress/storefront', '-n', 'shop', '-o', 'json')
  const { outcome, services } = JSON.parse(out)
  expect([code, outcome]).toEqual([3, 'failed'])
  expect(services.map((one: Record<string, string>) => [one.name, one.type, one.outcome, one.verdict])).toEqual([
    ['ingress/storefront', 'Ingress', 'failed', 'degraded'],
    ['web:80', 'ClusterIP', 'passed', 'reachable'],
  ])
  expect(run('ingress/storefront', '-o', 'name').out).toBe('ingress/storefront\n')
  expect(run('ingress/storefront').out).toContain('SVP901')
})

test('a finding that is ignored fails nothing; what is not known is not passed', () => {
  const { code, out } = run('ingress/storefront', '--ignore', 'SVP901=shop/storefront', '-o', 'json')
  expect(code).toBe(4)
  expect(JSON.parse(out).services[0]).toMatchObject({ outcome: 'unknown', findings: [] })
})

test('words that do not go together', () => {
  expect(run('ingress/storefront', 'web').err).toContain('ingress/storefront is checked by itself')
  expect(run('ingress/storefront', '--wait', '5s').err).toContain('--wait does not go with ingress/storefront')
  expect(run('ingress/none').err).toContain('no Ingress none')
})
