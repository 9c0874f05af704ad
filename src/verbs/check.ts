/** `check`: services judged, live or in a recording, and printed in whatever formats a pipeline wants. */
import { Chalk } from 'chalk'
import { checkChosen, checkWanted, ignoredCodes, type WantedServices } from '../ask/check-services.ts'
import { checkNodes } from '../ask/choose.ts'
import { type ReportFile, writeReports } from '../flags/report.ts'
import type { LiveOptions } from '../live/look.ts'
import type { CheckReport } from '../model/check.ts'
import { usageError } from '../model/errors.ts'
import { observeRecorded } from '../observe/observation.ts'
import { renderCheck } from '../render/check/render.ts'
import type { CheckOutput } from '../render/outputs.ts'
import { terminal } from '../render/terminal.ts'
import type { CheckOptions } from '../report/check.ts'

export interface CheckWords {
  wanted: WantedServices
  /** Recordings; null: the cluster. */
  files: readonly string[] | null
  namespace: string | null
  everywhere: boolean
  failOn: CheckOptions['failOn']
  /** Codes and names of findings, with commas or without. */
  ignored: readonly string[]
  waitMs: number | null
  dns: boolean
  live: LiveOptions
  output: CheckOutput
  reports: readonly ReportFile[]
  verbose: boolean
}

/** Resolves to the exit code. */
export async function checkVerb(words: CheckWords): Promise<number> {
  const report = await judge(words)
  const { output, verbose, reports } = words
  process.stdout.write(renderCheck(report, output, { ...terminal(process.stdout, process.env), verbose }))
  const plain = { colour: new Chalk({ level: 0 }), width: null, verbose: true }
  writeReports(reports.map(({ format, file }) => ({ file, text: renderCheck(report, format, plain) })))
  return { passed: 0, failed: 3, unknown: 4 }[report.outcome]
}

async function judge(words: CheckWords): Promise<CheckReport> {
  const { wanted, files, namespace, everywhere, failOn, ignored, waitMs, dns, live } = words
  checkWanted(wanted, everywhere, namespace, files !== null)
  const options: CheckOptions = {
    nodes: live.reach.nodes,
    failOn,
    ignored: ignoredCodes(ignored),
    dns: wanted.names.length > 0,
  }
  if (files !== null) {
    if (waitMs !== null) throw usageError('--wait needs a cluster', 'what is recorded (-f) does not change')
    const observation = await observeRecorded(files, () => process.stdin)
    checkNodes(observation, live.reach.nodes)
    return checkChosen(observation, wanted, namespace, options)
  }
  const { checkLive } = await import('../live/check.ts')
  return checkLive(live, { wanted, namespace, everywhere, waitMs, dns }, options)
}
