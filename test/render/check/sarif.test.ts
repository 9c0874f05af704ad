/** SARIF as code scanning takes it. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CATALOGUE, findEntry } from '../../../src/diagnose/catalogue.ts'
import type { CheckReport } from '../../../src/model/check.ts'
import { renderSarif } from '../../../src/render/check/sarif.ts'
import { failed, makeCheck, makeChecked, makeFinding, oddReport, mixedReport as report, unknown } from './factory.ts'
import sarifSchema from './sarif.schema.json' with { type: 'json' }

describe('SARIF', () => {
  const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(sarifSchema)

  test('a rule a code, a result a finding', () => {
    const { runs } = JSON.parse(renderSarif(report, CATALOGUE))
    expect(runs[0].tool.driver.informationUri).toMatch(/^https:\/\/github\.com\//)
    expect(runs[0].tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(['SVP303', 'SVP311', 'SVP802'])
    const [first, second, third] = runs[0].results
    expect(first).toMatchObject({ ruleId: 'SVP303', ruleIndex: 0, level: 'error' })
    expect(first.locations[0].logicalLocations[0].fullyQualifiedName).toBe('shop/web')
    expect(first.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'nodes/n2/iptables-save.txt' },
      region: { startLine: 12 },
    })
    expect(second).toMatchObject({ ruleId: 'SVP311', level: 'warning' })
    expect(third).toMatchObject({ ruleId: 'SVP802', level: 'note' })
  })

  test('every result has a place in a file, without which code scanning refuses all of them', () => {
    const wrong = { verdict: 'broken' as const, node: null, subject: null, message: 'not there', evidence: [] }
    const bare = makeFinding({ evidence: [] })
    const lineless = makeFinding({
      evidence: [{ node: 'n2', command: 'sysctl', file: 'nodes/n2/sysctl.txt', line: null, text: '' }],
    })
    const services = [makeChecked({ findings: [bare, lineless], unknowns: [wrong, ...unknown.unknowns] })]
    const { results } = JSON.parse(renderSarif(makeCheck(services), CATALOGUE)).runs[0]
    const place = (one: (typeof results)[0]) => {
      const { artifactLocation, region } = one.locations[0].physicalLocation
      return [one.ruleId, one.level, artifactLocation.uri, region.startLine]
    }
    expect(results.map(place)).toEqual([
      ['SVP303', 'error', 'api/services.json', 1],
      ['SVP303', 'error', 'nodes/n2/sysctl.txt', 1],
      ['not-reached', 'error', 'api/services.json', 1],
      ['SVP802', 'note', 'api/services.json', 1],
    ])
    const prints = results.map((one: (typeof results)[0]) => one.partialFingerprints.primaryLocationLineHash)
    expect(new Set(prints).size).toBe(4)
    expect(prints[1]).toMatch(/^[0-9a-f]{32}:2$/)
  })

  test('a rule says what it is, how it arises, is proved and mended, and where to read on', () => {
    const [rule] = JSON.parse(renderSarif(report, CATALOGUE)).runs[0].tool.driver.rules
    expect(rule.shortDescription.text).toBe(findEntry('SVP303')!.what)
    expect(rule.help.text).toMatch(/^How it happens: .+\nHow it is proved: .+\nHow to fix it: .+$/)
    expect(rule.help.markdown).toMatch(/\n\n\*\*How to fix it:\*\* /)
    expect(rule.helpUri).toMatch(/\/docs\/findings\.md#svp303-stale-endpoint$/)
  })

  test('is valid by the schema, whatever stands in it', () => {
    fc.assert(
      fc.property(oddReport, (odd) => {
        expect(valid(JSON.parse(renderSarif(odd, CATALOGUE))), JSON.stringify(valid.errors)).toBe(true)
      }),
    )
    expect(valid({ ...JSON.parse(renderSarif(report, CATALOGUE)), version: '2.0.0' })).toBe(false)
  })

  test('the same finding has the same fingerprint on another day', () => {
    const prints = (one: CheckReport) => JSON.parse(renderSarif(one, CATALOGUE)).runs[0].results[0].partialFingerprints
    expect(prints(report)).toEqual(prints({ ...report, observedAt: '2027-01-01T00:00:00Z' }))
    const other = makeCheck([makeChecked({ ...failed, name: 'api' })])
    expect(prints(report)).not.toEqual(prints(other))
  })
})
