/** Small inputs that once gave a wrong answer, one folder a kind: what is right of each stands in its case.json. */

import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { main } from '../src/main.ts'
import { collector } from './collector.ts'

interface Run {
  args: string[]
  stdin?: string
  exit?: number[]
  verdict?: string[]
  codes?: string[]
  notCodes?: string[]
  endpoints?: string[]
  clusterIPs?: string[]
  entries?: Record<string, { endpoints?: string[]; verdict?: string[]; outcome?: string[] }>
  says?: string[]
  saysNot?: string[]
}

/** What is looked at of a report in JSON. */
interface Report {
  verdict?: string
  findings?: { code: string }[]
  service?: { clusterIPs?: string[] }
  nodes?: { entries?: Entry[] }[]
}

interface Entry {
  kind: string
  address: string
  port: number
  protocol: string
  verdict: string
  outcome: string
  endpoints?: { address: string | null; port: number | null; state: string; probability: number }[]
}

const folder = fileURLToPath(new URL('./fixtures/cases/', import.meta.url))
const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'case.json')))
const start = process.cwd()
afterAll(() => process.chdir(start))

describe.each(names)('%s', (name) => {
  test('is right', async () => {
    const { runs } = JSON.parse(readFileSync(join(folder, name, 'case.json'), 'utf8')) as { runs: Run[] }
    const wrong: string[] = []
    for (const run of runs) for (const one of await differences(name, run)) wrong.push(`${run.args.join(' ')}: ${one}`)
    expect(wrong).toEqual([])
  })
})

async function differences(name: string, run: Run): Promise<string[]> {
  // Paths stand in what is printed, and should not hold the words that are looked for.
  process.chdir(join(folder, name))
  const text = await started(run.args, run)
  const json = run.args.includes('-o') ? null : await started([...run.args, '-o', 'json'], run)
  const wrong: string[] = []
  for (const { code } of json ? [text, json] : [text])
    if (run.exit && !run.exit.includes(code)) wrong.push(`exit ${code}`)
  const report = json ? reportOf(json.out) : {}
  if (run.verdict && !run.verdict.includes(String(report.verdict))) wrong.push(`verdict ${report.verdict}`)
  const codes = (report.findings ?? []).map((finding) => finding.code)
  for (const code of run.codes ?? []) if (!codes.includes(code)) wrong.push(`${code} is missing`)
  for (const code of run.notCodes ?? []) if (codes.includes(code)) wrong.push(`${code} is told`)
  const entries = (report.nodes ?? []).flatMap((node) => node.entries ?? [])
  if (run.endpoints) wrong.push(...unequal('endpoints', ledTo(entries), run.endpoints))
  if (run.clusterIPs) wrong.push(...unequal('cluster IPs', report.service?.clusterIPs ?? [], run.clusterIPs))
  for (const [key, want] of Object.entries(run.entries ?? {})) {
    const here = entries.filter((entry) => namesOf(entry).includes(key))
    if (here.length === 0) wrong.push(`no entry ${key}`)
    if (want.endpoints && here.length > 0) wrong.push(...unequal(`${key}: endpoints`, ledTo(here), want.endpoints))
    for (const field of ['verdict', 'outcome'] as const)
      for (const entry of here)
        if (want[field] && !want[field].includes(entry[field])) wrong.push(`${key}: ${field} ${entry[field]}`)
  }
  const said = text.out + text.err
  for (const words of run.says ?? []) if (!holds(said, words)) wrong.push(`does not say ${words}`)
  for (const words of run.saysNot ?? []) if (holds(said, words)) wrong.push(`says ${words}`)
  return wrong
}

async function started(args: readonly string[], { stdin }: Run): Promise<{ code: number; out: string; err: string }> {
  const [out, err] = [collector(), collector()]
  const env = { NO_COLOR: '1', COLUMNS: '120', KUBECONFIG: '/dev/null' }
  const input = stdin ? createReadStream(stdin) : Readable.from([])
  const code = await main(args, { stdin: input, stdout: out.stream, stderr: err.stream, env, now: () => new Date() })
  return { code, out: out.text(), err: err.text() }
}

function reportOf(text: string): Report {
  try {
    return JSON.parse(text) as Report
  } catch {
    return {}
  }
}

const namesOf = ({ kind, address, port, protocol }: Entry): string[] => {
  const places = [placeOf(address, port), ...(kind === 'nodePort' ? [`*:${port}`] : [])]
  return [...places, ...places.map((place) => `${place}/${protocol.toLowerCase()}`)]
}

const placeOf = (address: string, port: number | null): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

const ledTo = (entries: readonly Entry[]): string[] =>
  entries.flatMap(({ endpoints }) =>
    (endpoints ?? []).flatMap((one) =>
      one.address && one.state !== 'missing' && one.probability !== 0 ? placeOf(one.address, one.port) : [],
    ),
  )

function unequal(what: string, have: readonly string[], want: readonly string[]): string[] {
  const [more, less] = [have.filter((one) => !want.includes(one)), want.filter((one) => !have.includes(one))]
  return [
    ...(more.length > 0 ? [`${what}: too many: ${[...new Set(more)].join(', ')}`] : []),
    ...(less.length > 0 ? [`${what}: missing: ${less.join(', ')}`] : []),
  ]
}

/** `/regex/flags`, or the words themselves; white space counts as one blank. */
function holds(text: string, sought: string): boolean {
  const forms = [text, text.replaceAll(/\s+/g, ' ')]
  const [, pattern, flags] = /^\/(.*)\/([ims]*)$/s.exec(sought) ?? []
  if (pattern === undefined) return forms.some((form) => form.includes(sought))
  return forms.some((form) => new RegExp(pattern, flags).test(form))
}
