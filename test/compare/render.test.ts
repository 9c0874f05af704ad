/** A diff as it is printed. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Chalk } from 'chalk'
import { describe, expect, test } from 'vitest'
import type { DiffReport, ServiceDiff } from '../../src/model/diff/report.ts'
import { renderDiff } from '../../src/render/diff/render.ts'
import { type Files, named, objects } from '../diagnose/bend.ts'
import { edit, forwardDrop, rules } from '../diagnose/bendings.ts'
import { diffTo } from './looks.ts'

const look = { colour: new Chalk({ level: 0 }), width: null, verbose: true }
const schema = JSON.parse(readFileSync(new URL('../../schema/diffreport.schema.json', import.meta.url), 'utf8'))
const check = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema)
const faults = (report: DiffReport) => {
  check(JSON.parse(renderDiff(report, 'json', look)))
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

const HOSTILE = '"]#<img src=x>`|*\u001b[31m\u202e\n'
const service: ServiceDiff = {
  ...{ namespace: HOSTILE, name: HOSTILE, presence: 'both', outcome: 'worse' },
  verdict: { before: 'reachable', after: 'broken' },
  way: [
    {
      ...{ nodes: [HOSTILE], entry: null, endpoint: HOSTILE, pod: HOSTILE, worse: true, before: null },
      after: {
        ...{ verdict: 'broken', outcome: 'drop', share: 0.5, state: HOSTILE, fate: HOSTILE },
        ...{ masquerade: 'yes', link: HOSTILE, reason: HOSTILE },
      },
    },
  ],
  changes: [{ area: 'rules', nodes: [HOSTILE], subject: HOSTILE, before: HOSTILE, after: null, changesWay: true }],
  appeared: [
    { code: 'SVP303', name: HOSTILE, severity: 'error', nodes: [HOSTILE], subject: HOSTILE, message: HOSTILE },
  ],
  vanished: [],
  unknowns: [{ nodes: [HOSTILE], what: HOSTILE, missingIn: 'after' }],
}
const hostile: DiffReport = {
  ...{ apiVersion: 'svcpath/v1alpha1', kind: 'DiffReport', asked: null, outcome: 'worse', compared: 1 },
  before: { origin: HOSTILE, source: 'capture', observedAt: HOSTILE },
  after: { origin: HOSTILE, source: 'live', observedAt: null },
  services: [service],
  changes: service.changes,
  unknowns: service.unknowns,
}

describe('the schema', () => {
  const without = (name: string) => (files: Files) =>
    objects(files, 'services', (items) => items.splice(items.indexOf(named(items, name)), 1))

  test.each([
    ['nothing', () => {}],
    ['a policy', forwardDrop('n2')],
    ['a rule', edit(rules('n2'), /^.*-A KUBE-SERVICES .*shop\/web cluster IP.*\n/m, '')],
    ['a service', without('web-np')],
    ['a node', (files: Files) => [...files.keys()].map((path) => path.startsWith('nodes/n3/') && files.delete(path))],
  ])('takes what changed: %s', async (_, bend) => {
    expect(faults(await diffTo(bend))).toEqual([])
  })

  test('takes any text, and refuses what it does not know', () => {
    expect(faults(hostile)).toEqual([])
    expect(faults({ ...hostile, outcome: 'better' as 'same' })).toEqual([
      '/outcome must be equal to one of the allowed values',
    ])
  })

  test('is strict: every field is required, and no other may stand there', () => {
    JSON.stringify(schema, (_key, value) => {
      if (value?.type !== 'object') return value
      expect(value.additionalProperties).toBe(false)
      expect(value.required).toEqual(Object.keys(value.properties))
      return value
    })
  })
})

describe('names from elsewhere', () => {
  test.each(['tree', 'markdown', 'json'] as const)('%s: no control characters', (output) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(renderDiff(hostile, output, look)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/)
  })

  test('markdown: nothing of them is set as Markdown or HTML', () => {
    for (const line of renderDiff(hostile, 'markdown', look).split('\n')) {
      // What stands between backticks is shown as it is.
      const set = line.replaceAll(/\\./g, '').replaceAll(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, '')
      expect(set).not.toMatch(/<|`/)
    }
  })
})

test('the tree tells the way first, then what changes it', async () => {
  const report = await diffTo(forwardDrop('n2'), { service: 'shop/web' })
  const lines = renderDiff(report, 'tree', look).split('\n')
  expect(lines[0]).toBe('CHANGED FOR THE WORSE  shop/web  reachable → degraded')
  expect(lines.filter((line) => /^[A-Z]/.test(line)).slice(1)).toEqual([
    'THE WAY',
    'WHAT CHANGES THE WAY',
    'FINDINGS THAT APPEARED',
  ])
  expect(lines).toContain('  ~ n2  rule  policy of FORWARD in ip filter: ACCEPT → DROP')
})

test('of many services each has a line', async () => {
  const report = await diffTo(forwardDrop('n2'))
  const text = renderDiff(report, 'tree', { ...look, verbose: false })
  expect(text).toContain('✗ shop/web  reachable → degraded  + SVP403 forward-dropped n2\n')
  expect(text).not.toContain('\nTHE WAY')
  expect(text.match(/policy of FORWARD in ip filter/g)).toHaveLength(1)
})
