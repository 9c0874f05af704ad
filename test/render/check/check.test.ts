/** The formats of `check`: each must still be one, whatever services are called and nodes print. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Chalk } from 'chalk'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { CATALOGUE } from '../../../src/diagnose/catalogue.ts'
import type { CheckReport } from '../../../src/model/check.ts'
import { renderCheck } from '../../../src/render/check/render.ts'
import type { CheckOutput } from '../../../src/render/outputs.ts'
import { stringWidth } from '../../../src/render/terminal.ts'
import { isLeftOut } from '../../needs.ts'
import { failed, makeCheck, makeChecked, makeFinding, oddReport, mixedReport as report } from './factory.ts'

const look = (width: number | null) => ({ colour: new Chalk({ level: 0 }), width, verbose: false })
const render = (report: CheckReport, output: CheckOutput, width: number | null = null): string =>
  renderCheck(report, output, look(width), CATALOGUE)

describe('the table', () => {
  test('says of each service how it went, of those that did not pass why, and counts', () => {
    const text = render(report, 'table')
    expect(text).toMatch(/^shop +web +3\/3 +2\/3 +failed +SVP303 stale-endpoint n2$/m)
    expect(text).toMatch(/^shop +ok +3\/3 +3\/3 +passed$/m)
    expect(text).toContain('fix: restart kube-proxy on n2')
    expect(text).toContain('leads to:\n    - SVP304')
    expect(text).toContain('? shop/api  n3: no answer within 5 s')
    expect(text.trimEnd().split('\n').slice(-2)).toEqual([
      'the cluster lab, read 2026-11-24 10:00 UTC, 3 nodes',
      '4 services: 2 passed (1 with a warning), 1 failed, 1 unknown',
    ])
  })

  test('a log has no width, and nothing in it is cut', () => {
    const findings = Array.from({ length: 9 }, (_, i) =>
      makeFinding({ code: `SVP30${i}`, name: 'a-name-of-some-length' }),
    )
    const text = render(makeCheck([makeChecked({ outcome: 'failed', findings })]), 'table')
    expect(text.split('\n')[1]).toMatch(/SVP308 a-name-of-some-length n2$/)
  })

  test('what is wrong and no finding names is no question; what could not be read is told', () => {
    const wrong = { verdict: 'broken' as const, node: null, subject: null, message: 'not there', evidence: [] }
    const notes = ['a.tgz: this archive is cut short', ...Array.from({ length: 8 }, (_, i) => `n${i}: no such tool`)]
    const seen = { ...makeCheck([makeChecked({ outcome: 'failed', unknowns: [wrong] })]), notes }
    expect(render(seen, 'table')).toMatch(
      /\n✗ shop\/web {2}not there\n\nnote: a\.tgz: .*\n(note: n.*\n){5}note: and 3 more/,
    )
    expect(render(seen, 'junit')).toContain('<failure message="not there" type="broken">')
    expect(render(seen, 'github')).toBe('::error title=not reached::shop/web  not there\n')
  })

  test('one fault of several nodes is told once', () => {
    const findings = ['n1', 'n2', 'n3'].map((node) => makeFinding({ node, message: `${node} has no way there` }))
    const text = render(makeCheck([makeChecked({ outcome: 'failed', findings })]), 'table')
    expect(text.match(/✗ .* SVP303/g)).toHaveLength(1)
    expect(text).toContain('n1, n2, n3')
  })

  test('a node’s fault that many services have is told once, and says of each what is true of it', () => {
    const services = Array.from({ length: 9 }, (_, i) =>
      makeChecked({
        name: `s${i}`,
        outcome: 'failed',
        findings: [makeFinding({ message: `goes to 10.244.1.${i}` }), makeFinding({ code: 'SVP101', node: null })],
      }),
    )
    const text = render(makeCheck(services), 'table')
    expect(text.match(/^✗ .*/gm)!.map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
      '✗ every connection from n2 goes to 10.244.1.9:8080, which is no longer an endpoint  SVP101',
      '✗ n2  stale endpoint  SVP303',
    ])
    expect(text).toContain(
      '  9 services: shop/s0; shop/s1; shop/s2; shop/s3 and 5 more\n  shop/s0: goes to 10.244.1.0\n  shop/s1: goes',
    )
    expect(text).toContain('\n  … and 6 more of the same kind, see -v\n')
    expect(text.match(/KUBE-SEP-X/g)).toHaveLength(2)
    const all = renderCheck(makeCheck(services), 'table', { ...look(null), verbose: true }, CATALOGUE)
    expect(all).toMatch(
      /shop\/s7; shop\/s8\n {2}shop\/s0: goes to 10\.244\.1\.0\n {2}shop\/s1: goes to 10\.244\.1\.1\n/,
    )
  })

  test('what is worse for one service than for another is told of each as bad as it is there', () => {
    const services = (['warning', 'error'] as const).map((severity, i) =>
      makeChecked({ name: `s${i}`, outcome: 'failed', findings: [makeFinding({ severity, message: severity })] }),
    )
    const text = render(makeCheck(services), 'table')
    expect(text).toMatch(/^✗ n2 {2}error +SVP303\n {2}service: shop\/s1\n {2}affects/m)
    expect(text).toMatch(/^! n2 {2}warning +SVP303\n {2}service: shop\/s0\n {2}affects/m)
    const lines = render(makeCheck(services), 'github').trimEnd().split('\n')
    expect(lines.map((line) => line.slice(0, 75))).toEqual([
      '::error title=SVP303 stale-endpoint shop/s1::shop/s1 on n2: error%0Afix: re',
      '::warning title=SVP303 stale-endpoint shop/s0::shop/s0 on n2: warning%0Afix',
    ])
  })

  test('what follows from a common cause for one service alone is told of that one', () => {
    const effect = (message: string) => ({ code: 'SVP304', name: 'missing-endpoint', node: 'n2', message })
    const services = ['a', 'b'].map((name) =>
      makeChecked({
        name,
        outcome: 'failed',
        findings: [makeFinding({ message: 'hangs', leadsTo: [effect('of all'), effect(`of ${name}`)] })],
      }),
    )
    expect(render(makeCheck(services), 'table')).toContain(
      '  leads to:\n    - SVP304 missing-endpoint: of all\n    - shop/a: SVP304 missing-endpoint: of a\n    - shop/b: SVP304 missing-endpoint: of b\n',
    )
  })

  test('the formats agree on how many services have a fault, those that pass with it among them', () => {
    const services = Array.from({ length: 9 }, (_, i) =>
      makeChecked({
        name: `s${i}`,
        outcome: i < 8 ? 'failed' : 'passed',
        findings: [makeFinding({ severity: 'warning', message: 'hangs' })],
      }),
    )
    expect(render(makeCheck(services), 'table')).toContain('\n  9 services: ')
    expect(render(makeCheck(services), 'github')).toContain(' shop/s2 and 6 more::')
  })

  test('rows keep what is their own where many services share a cause', () => {
    const services = Array.from({ length: 9 }, (_, i) =>
      makeChecked({
        name: `s${i}`,
        outcome: 'failed',
        findings: [
          makeFinding({ code: 'SVP316', name: 'hangs', message: 'hangs' }),
          ...(i === 3 ? [makeFinding({ code: 'SVP101', name: 'selects-nothing', node: null })] : []),
        ],
      }),
    )
    const lines = render(makeCheck(services), 'table').split('\n')
    expect(lines.slice(3, 6).map((line) => line.replace(/.*failed +/, ''))).toEqual([
      'shared: SVP316',
      'SVP101 selects-nothing; shared: SVP316',
      'shared: SVP316',
    ])
    expect(lines.filter((line) => /hangs +SVP316/.test(line))).toHaveLength(1)
  })

  test('what services lack each for itself is told for each', () => {
    const services = ['a', 'b'].map((name) =>
      makeChecked({
        name,
        outcome: 'failed',
        findings: [makeFinding({ code: 'SVP101', node: null, message: `no pod has the labels app=${name}` })],
      }),
    )
    expect(render(makeCheck(services), 'table').match(/^✗ .*/gm)).toHaveLength(2)
  })

  test.each([50, 80, 200])('is no wider than %d columns', (width) => {
    fc.assert(
      fc.property(oddReport, (odd) => {
        for (const line of render(odd, 'table', width).split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(width)
      }),
      { numRuns: 40 },
    )
    for (const line of render(report, 'table', width).split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(width)
  })

  test('no control character of a name reaches the terminal', () => {
    fc.assert(
      fc.property(oddReport, (odd) => {
        expect(render(odd, 'table')).not.toMatch(/[^\n\P{Cc}]/u)
      }),
    )
  })
})

test('JSON is what was found', () => {
  expect(JSON.parse(render(report, 'json'))).toEqual(report)
})

describe('JUnit', () => {
  test('a failure, an error, and what passed', () => {
    const text = render(report, 'junit')
    expect(text).toContain('<testsuite name="shop" tests="4" failures="1" errors="1" skipped="0"')
    expect(text).toContain('<failure message="SVP303 every connection from n2 goes')
    expect(text).toContain('<error message="n3: no answer within 5 s" type="unknown">')
    expect(text).toContain('<testcase classname="shop" name="ok" time="0.000"/>')
    expect(text).toContain('timestamp="2026-11-24T10:00:00"')
  })

  test('says what the run took, and what each service', () => {
    const times = {
      total: 12.3456,
      services: new Map([
        ['shop/ok', 0.25],
        ['shop/web', 1.5],
      ]),
    }
    const text = renderCheck(report, 'junit', look(null), CATALOGUE, times)
    expect(text).toMatch(/<testsuites [^>]* time="12\.346">/)
    expect(text).toMatch(/<testsuite name="shop" [^>]* time="1\.750"/)
    expect(text).toContain('<testcase classname="shop" name="ok" time="0.250"/>')
  })

  test.skipIf(isLeftOut('schema'))('is valid by the schema, whatever stands in it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'svcpath-junit-'))
    try {
      const odd = fc.sample(oddReport, { numRuns: 150, seed: 7 })
      const files = [report, makeCheck([]), ...odd].map((one, i) => {
        const file = join(folder, `${i}.xml`)
        writeFileSync(file, render(one, 'junit'))
        return file
      })
      const schema = fileURLToPath(new URL('./junit.xsd', import.meta.url))
      execFileSync('xmllint', ['--noout', '--schema', schema, ...files], { stdio: 'pipe' })
      const bad = join(folder, 'bad.xml')
      writeFileSync(bad, render(report, 'junit').replace('classname="shop" name="web"', 'class="shop"'))
      expect(spawnSync('xmllint', ['--noout', '--schema', schema, bad]).status).not.toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

test('a headline names its node once', () => {
  const headline = (parts: object) => {
    const one = makeChecked({ outcome: 'failed', findings: [makeFinding(parts)] })
    return [/failure message="([^"]*)"/.exec(render(makeCheck([one]), 'junit'))![1], render(makeCheck([one]), 'github')]
  }
  const [junit, github] = headline({ node: 'n1', message: 'goes wrong, as on n10' })
  expect(junit).toBe('SVP303 on n1: goes wrong, as on n10')
  expect(github).toContain('::shop/web on n1: goes wrong')
  expect(headline({ node: 'n1', message: 'goes wrong on n1: no route' })[0]).toBe('SVP303 goes wrong on n1: no route')
})

describe('what could not be seen', () => {
  const unseen = (severity: 'info' | 'warning') =>
    Array.from({ length: 5 }, (_, i) =>
      makeChecked({
        name: `s${i}`,
        outcome: severity === 'info' ? 'passed' : 'unknown',
        findings: [makeFinding({ code: 'SVP802', severity, message: 'the sockets were not collected', leadsTo: [] })],
      }),
    )
  const count = (text: string) => text.split('the sockets were not collected').length - 1

  test.each(['junit', 'sarif', 'tap', 'github'] as const)(
    'is said once by %s where it changes no outcome',
    (output) => {
      const text = render(makeCheck(unseen('info')), output)
      expect(count(text)).toBe(1)
      expect(text).toMatch(/the same for 4 other services|and 2 more/)
    },
  )

  test.each(['junit', 'sarif', 'tap'] as const)('is said by %s of each that is unknown for it', (output) => {
    expect(count(render(makeCheck(unseen('warning')), output))).toBeGreaterThanOrEqual(5)
  })
})

describe('GitHub annotations', () => {
  test('a command a finding', () => {
    const lines = render(report, 'github').trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(
      /^::error title=SVP303 stale-endpoint shop\/web::shop\/web: every connection from n2 .*%0Afix: restart/,
    )
    expect(lines[1]).toMatch(/^::warning title=SVP311 /)
    expect(lines[2]).toBe('::warning title=not known::shop/api  n3: no answer within 5 s')
  })

  test('a node’s fault that many services have is one annotation: GitHub shows no more than ten', () => {
    const services = Array.from({ length: 30 }, (_, i) => makeChecked({ ...failed, name: `s${i}` }))
    expect(render(makeCheck(services), 'github')).toMatch(
      /^::error title=SVP303 stale-endpoint shop\/s0; shop\/s1; shop\/s2 and 27 more::shop\/s0; .*\n$/,
    )
  })

  test('more faults than GitHub shows are told by their causes, each sentence with its service', () => {
    const services = Array.from({ length: 30 }, (_, i) =>
      makeChecked({ ...failed, name: `s${i}`, findings: [makeFinding({ message: `goes to ${i}` })] }),
    )
    const lines = render(makeCheck(services), 'github').trimEnd().split('\n')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      /27 more::shop\/s0 on n2: goes to 0%0Ashop\/s1 on n2: goes to 1%0A.*%0Aand 20 more%0Afix: /,
    )
  })

  test('no name begins a command of its own', () => {
    fc.assert(
      fc.property(oddReport, (odd) => {
        const lines = render(odd, 'github').split('\n').filter(Boolean)
        for (const line of lines) {
          expect(line).toMatch(/^::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*$/)
          expect(line).not.toMatch(/%(?!25|0A|0D|3A|2C)/)
        }
      }),
    )
  })

  test('says nothing where there is nothing', () => {
    expect(render(makeCheck([makeChecked()]), 'github')).toBe('')
  })
})

describe('TAP', () => {
  test('a point a service, with diagnostics that YAML reads', () => {
    const text = render(report, 'tap')
    expect(text).toMatch(/^TAP version 14\n1\.\.4\nnot ok 1 - shop\/web\n {2}---\n/)
    expect(text).toContain('\nok 4 - shop/ok\n')
    const [, block] = /---\n([\s\S]*?)\n {2}\.\.\.\n/.exec(text)!
    expect(parse(block!)).toMatchObject({ outcome: 'failed', findings: [{ code: 'SVP303' }] })
  })

  test('no name makes a point or a directive', () => {
    fc.assert(
      fc.property(oddReport, (odd) => {
        const lines = render(odd, 'tap').trimEnd().split('\n')
        const points = lines.filter((line) => /^(not )?ok\b/.test(line))
        expect(points).toHaveLength(odd.services.length)
        for (const point of points) expect(point.replaceAll('\\\\', '')).not.toMatch(/(^|[^\\])#/)
        expect(lines.filter((line) => !/^(TAP version 14|1\.\.\d+|(not )?ok \d+ - .*| {2}.*)$/.test(line))).toEqual([])
      }),
    )
  })
})
