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

const SIGHT = {
  protocol: 'tcp',
  source: '10.0.0.1',
  sourcePort: 40000,
  destination: '10.96.0.1',
  destinationPort: 80,
  inInterface: 'eth0',
}

/** With what the kernel told: `text` stands for every rule of the node. */
async function traced(text: string): Promise<ProbeReport> {
  const report = JSON.parse(JSON.stringify(await some())) as ProbeReport
  const met = {
    table: 'ip nat',
    chain: text,
    kernel: { text, verdict: 'jump KUBE-SERVICES' },
    walk: { text, file: text, line: 3 },
  }
  const step = { ...met, outcome: 'same' as const }
  const other = {
    ...met,
    walk: { text: '-A OTHER', file: 'iptables-save.txt', line: 7 },
    outcome: 'different' as const,
  }
  const alone = { ...other, kernel: null }
  const packet = {
    sent: SIGHT,
    led: { ...SIGHT, destination: '10.244.1.6', destinationPort: 8080 },
    steps: [step, other, alone],
  }
  report.places[0]!.entries[0]!.kernelTrace = {
    ...{ same: 2, different: 1, unknown: 1 },
    shown: [{ ...packet, outcome: 'different', reason: `the kernel met ${text}` }],
  }
  return report
}

describe('what the kernel told', () => {
  const RULE = '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES'

  test('is JSON of its schema', async () => expect(faults(await traced(HOSTILE))).toEqual([]))

  test('in short: the rule where it did otherwise; with -v every rule', async () => {
    const short = renderProbe(await traced(RULE), 'tree', { ...look, verbose: false })
    expect(short).toContain('kernel trace: 2 rule by rule as the walk says, 1 otherwise, 1 not comparable')
    expect(short).toContain('10.0.0.1:40000 → 10.96.0.1:80 → 10.244.1.6:8080')
    expect(short).toMatch(
      / otherwise {2}.*-j KUBE-SERVICES {2}→ jump KUBE-SERVICES\n +walk: -A OTHER \(iptables-save.txt:7\)/,
    )
    expect(short).toContain('walk alone: -A OTHER (iptables-save.txt:7)')
    expect(short).not.toContain(' same  ')
    expect(renderProbe(await traced(RULE), 'tree', look)).toContain(' same  ')
  })

  test.each([40, 80, 120])('fits into %i columns', async (width) => {
    const lines = renderProbe(await traced(RULE), 'tree', { ...look, width }).split('\n')
    const own = lines.slice(
      lines.findIndex((one) => one.includes('kernel trace')),
      lines.findLastIndex((one) => one.includes('walk alone')),
    )
    expect(own.filter((one) => stringWidth(one) > width)).toEqual([])
  })

  test('raw rules come into no terminal', async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
    expect(renderProbe(await traced(HOSTILE), 'tree', look)).not.toMatch(/[\u001b\u202e]/)
  })
})

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
