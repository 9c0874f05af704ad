import { accessSync, constants, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { SvcpathError, systemReason, usageError } from '../model/errors.ts'
import { CHECK_OUTPUTS, type CheckOutput } from '../render/outputs.ts'

export interface ReportFile {
  format: CheckOutput
  file: string
}

/** Reads `--report junit=FILE`, and throws where it cannot be written: before a cluster is asked, which may take minutes. */
export function readReports(words: readonly string[]): ReportFile[] {
  return words.map((word) => {
    const [, name, file] = /^(\w+)=(.+)$/s.exec(word) ?? []
    const format = CHECK_OUTPUTS.find((one) => one === name)
    if (!format || !file)
      throw usageError(`--report ${word}: give FORMAT=FILE`, `FORMAT is one of ${CHECK_OUTPUTS.join(', ')}`)
    const trouble = troubleOf(file)
    if (trouble) throw usageError(`--report ${word}: ${trouble}`, 'name a file in an existing folder')
    return { format, file }
  })
}

/** Why a file cannot be written; null where nothing speaks against it. */
function troubleOf(file: string): string | null {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats?.isDirectory()) return 'it is a folder'
  const folder = dirname(file)
  if (!stats && !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return `there is no folder ${folder}`
  try {
    accessSync(stats ? file : folder, constants.W_OK)
    return null
  } catch {
    return 'no permission to write it'
  }
}

/** Writes every one that can be; throws when that is done and some could not. */
export function writeReports(reports: readonly { file: string; text: string }[]): void {
  const failures = reports.flatMap(({ file, text }) => {
    try {
      writeFileSync(file, text)
      return []
    } catch (error) {
      return systemReason(error)
    }
  })
  if (failures.length > 0) throw new SvcpathError(`--report: ${failures.join('; ')}`)
}
