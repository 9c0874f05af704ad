/** A text through the whole program: recognised, walked, diagnosed and printed in every format, and what must never come of it. */

import { Readable } from 'node:stream'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Chalk } from 'chalk'
import pathReportSchema from '../../schema/pathreport.schema.json' with { type: 'json' }
import serviceListSchema from '../../schema/servicelist.schema.json' with { type: 'json' }
import { servicesOf } from '../../src/ask/choose.ts'
import { CATALOGUE } from '../../src/diagnose/catalogue.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import { main } from '../../src/main.ts'
import type { Service } from '../../src/model/cluster.ts'
import { SvcpathError } from '../../src/model/errors.ts'
import type { Observation } from '../../src/model/observation.ts'
import { observeRecorded } from '../../src/observe/observation.ts'
import { renderCheck } from '../../src/render/check/render.ts'
import { CHECK_OUTPUTS, OUTPUTS } from '../../src/render/outputs.ts'
import { renderList, renderReport } from '../../src/render/render.ts'
import type { Look } from '../../src/render/terminal.ts'
import { checkServices } from '../../src/report/check.ts'
import { listServices } from '../../src/report/list.ts'
import { traceService } from '../../src/trace/trace.ts'
import { collector } from '../collector.ts'
import type { Random } from './random.ts'

const ajv = new Ajv2020({ strict: true, strictRequired: true, allowUnionTypes: true, allErrors: true })
const checkReport = ajv.compile(pathReportSchema)
const checkList = ajv.compile(serviceListSchema)

/** Throws where a text makes the program do what it never may. */
export async function endure(text: string, random: Random): Promise<void> {
  const read = await observed(text)
  if (read === null) return
  const { observation } = read
  const services = some(read.services, random.chance(0.1) ? 3 : 1, random)
  const look = { colour: new Chalk({ level: 0 }), width: random.pick([null, 40, 80, 120]), verbose: random.chance(0.5) }
  for (const service of services) {
    const report = diagnose(observation, service, traceService(observation, service, ASKED))
    for (const output of OUTPUTS) {
      const printed = renderReport(report, output, look)
      checkPrinted(output, printed)
      if (output === 'json') checkSchema(checkReport, printed)
    }
  }
  // Both walk the same ways again: one of them is enough for a text.
  if (random.chance(0.5)) checkLists(observation, services, look)
  else checkChecks(observation, services, look)
}

const ASKED = { from: null, nodes: [], port: null }

/** Null where the text holds nothing that is read. */
async function observed(text: string): Promise<{ observation: Observation; services: readonly Service[] } | null> {
  try {
    const observation = await observeRecorded(['-'], () => Readable.from([Buffer.from(text)]))
    return { observation, services: servicesOf(observation, null) }
  } catch (error) {
    if (error instanceof SvcpathError) return null
    throw error
  }
}

function some(services: readonly Service[], most: number, random: Random): Service[] {
  const start = random.below(Math.max(1, services.length - most + 1))
  return services.slice(start, start + most)
}

function checkLists(observation: Observation, services: readonly Service[], look: Look): void {
  const { list } = listServices(observation, services, { nodes: [], failOn: 'error' })
  for (const output of ['tree', 'json', 'yaml'] as const) {
    const printed = renderList(list, output, look)
    checkPrinted(`list as ${output}`, printed)
    if (output === 'json') checkSchema(checkList, printed)
  }
}

function checkChecks(observation: Observation, services: readonly Service[], look: Look): void {
  const report = checkServices(observation, services, { nodes: [], failOn: 'error', ignored: [], dns: true })
  for (const output of CHECK_OUTPUTS) {
    const printed = renderCheck(report, output, look, CATALOGUE)
    checkPrinted(`check as ${output}`, printed)
    if (output === 'json' || output === 'sarif') JSON.parse(printed)
  }
}

/** The same from the command line on: words, streams, the exit code and errors. */
export async function endureMain(text: string, random: Random): Promise<void> {
  const [out, err] = [collector(), collector()]
  const args = argsFor(random)
  const io = { stdin: Readable.from([Buffer.from(text)]), stdout: out.stream, stderr: err.stream, env: ENV, now: NOW }
  const code = await main([...args, '-f', '-'], io)
  const said = `${args.join(' ')}: exit ${code}: ${err.text()}`
  if (/this is a fault of svcpath/.test(err.text()) || ![0, 1, 2, 3, 4, 6].includes(code)) throw new Error(said)
  checkPrinted(args.join(' '), out.text())
  checkPrinted(`stderr of ${args.join(' ')}`, err.text())
}

const ENV = { NO_COLOR: '1', COLUMNS: '100', KUBECONFIG: '/dev/null' }
const NOW = () => new Date('2026-11-26T12:00:00Z')

function argsFor(random: Random): string[] {
  const service = random.pick(['web', 'shop/web', '10.96.0.1:443', '*', '30080', 'http://web.shop/', '$(reboot)'])
  const from = random.chance(0.2) ? ['--from', random.pick(['shop/client', '10.244.1.3', 'n1', 'outside'])] : []
  return random.pick([
    ['-o', random.pick(OUTPUTS)],
    [service, ...from, '-o', random.pick(OUTPUTS)],
    ['check', '-A', '-o', random.pick(CHECK_OUTPUTS)],
    ['check', service, '-o', random.pick(CHECK_OUTPUTS)],
  ])
}

function checkPrinted(what: string, text: string): void {
  const unfit = UNFIT.exec(text)
  if (!unfit) return
  const line = text.slice(0, unfit.index).split('\n').length
  const around = JSON.stringify(text.slice(Math.max(0, unfit.index - 60), unfit.index + 20))
  throw new Error(`${what} holds U+${unfit[0].codePointAt(0)!.toString(16)} in line ${line}: ${around}`)
}

/** What moves the cursor, turns the text, breaks a line or half a character; the program's own line ends are none of these. */
const UNFIT = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u

function checkSchema(check: typeof checkReport, printed: string): void {
  if (check(JSON.parse(printed))) return
  throw new Error(`not as the schema says: ${ajv.errorsText(check.errors)}`)
}
