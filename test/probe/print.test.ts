/** A probe as it is printed. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Chalk } from 'chalk'
import { describe, expect, test } from 'vitest'
import type { ProbeReport } from '../../src/model/probe/report.ts'
import { renderProbe } from '../../src/render/probe/render.ts'
import { type Look, stringWidth } from '../../src/render/terminal.ts'
import { line, lineThere, podIn, probed, usual } from './world.ts'

const look: Look = { colour: new Chalk({ level: 0 }), width: null, verbose: true }
const schema = JSON.parse(readFileSync(new URL('../../schema/probereport.schema.json', import.meta.url), 'utf8'))
const check = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema)
const faults = (report: ProbeReport) => {
  check(JSON.parse(renderProbe(report, 'json', look)))
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

const HOSTILE = '"]#<img src=x>`|*\u001b[31m\u202e\n'

async function some(): Promise<ProbeReport> {
  const before = await usual()
  const place = podIn(before, 'client')
  const all = before.cluster.endpointsOf('shop', 'web')!
  const there = all.find(({ node }) => node === 'n3')!
  const [from, endpoint] = [place.addresses[0]!, `${there.address}:${there.port}`]
  return probed({
    ...{ before, place, count: 4 },
    make: (attempt) =>
      attempt.id % 2
        ? {
            result: 'connected',
            after: { n1: line('TIME_WAIT', attempt, from, endpoint) },
            look: { n3: lineThere('TIME_WAIT', attempt, from, endpoint) },
          }
        : { result: 'timeout', after: { n1: line('SYN_SENT', attempt, from, endpoint, { unreplied: true }) } },
  })
}

async function hostile(): Promise<ProbeReport> {
  const report = JSON.parse(JSON.stringify(await some())) as ProbeReport
  const [place] = report.places
  Object.assign(place!, { name: HOSTILE, node: HOSTILE, tool: HOSTILE })
  Object.assign(place!.entries[0]!, { portName: HOSTILE, unknowns: [HOSTILE] })
  for (const death of place!.entries[0]!.deaths) Object.assign(death, { node: HOSTILE, reason: HOSTILE })
  const silent = { ...place!, tool: null, failure: HOSTILE, entries: [] }
  return { ...report, service: { namespace: HOSTILE, name: HOSTILE }, notes: [HOSTILE], places: [place!, silent] }
}

describe('a probe', () => {
  test('is JSON of its schema', async () => {
    expect(faults(await some())).toEqual([])
    expect(faults(await hostile())).toEqual([])
    expect(faults({ ...(await some()), made: -1 })).toEqual(['/made must be >= 0'])
  })

  test('the schema is strict', () => {
    JSON.stringify(schema, (_, value) => {
      if (value?.type === 'object') expect(value.additionalProperties, JSON.stringify(value)).toBe(false)
      return value
    })
  })

  test('says first what came of it, then where what failed died', async () => {
    const text = renderProbe(await some(), 'tree', { ...look, verbose: false })
    const [first] = text.split('\n')
    expect(first).toBe('shop/web: 2 of 4 connections failed: 2 from pod shop/client on n1')
    expect(text).toContain(
      '✗ 2 timed out, lost between n1 and n3: n1 sent it on, and conntrack on n3 has no entry of it',
    )
    expect(text).toMatch(/expected +endpoint +pod +node +got +through/)
  })

  test.each([40, 80, 120])('fits into %i columns', async (width) => {
    const lines = renderProbe(await some(), 'tree', { ...look, width, verbose: false }).split('\n')
    expect(lines.filter((one) => stringWidth(one) > width)).toEqual([])
  })

  test('raw names come into no terminal and no XML', async () => {
    for (const output of ['tree', 'json', 'junit'] as const) {
      const text = renderProbe(await hostile(), output, look)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
      expect(text, output).not.toMatch(/[\u001b\u202e]/)
    }
    expect(renderProbe(await hostile(), 'junit', look)).not.toContain('<img')
  })

  test('as JUnit: an entry from a place is a case', async () => {
    const text = renderProbe(await some(), 'junit', look)
    expect(text).toContain('tests="1" failures="1" errors="0"')
    expect(text).toContain('<failure message="2 of 4 failed" type="between">2 timed out, lost between n1 and n3')
    expect(renderProbe(await hostile(), 'junit', look)).toContain('errors="1"')
  })
})
