/** `.svcpath.yaml`: findings that a team has decided to live with, each with the reason, and until when. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { parseDocument } from 'yaml'
import { systemReason, usageError } from '../model/errors.ts'
import { codeOf, type Exception, servicePattern } from '../report/exceptions.ts'

/** Read where nobody names another file. */
const EXCEPTIONS_FILE = '.svcpath.yaml'

/** What a file says, and what it said until some day before `now`. */
export interface ExceptionsRead {
  exceptions: Exception[]
  /** A sentence each. */
  ended: string[]
}

/** Reads the file of this name, or (null) `.svcpath.yaml` of the current folder where there is one. Throws a usage error for what cannot be meant. */
export function exceptionsFile(named: string | null, now: Date): ExceptionsRead {
  const file = named ?? EXCEPTIONS_FILE
  if (named === null && !existsSync(file)) return { exceptions: [], ended: [] }
  const all = readEntries(file).map((entry, i) => readEntry(entry, `${file}: ignore[${i}]`, file))
  const today = now.toISOString().slice(0, 10)
  const isOver = ({ said }: Exception) => said!.until !== null && said!.until < today
  return {
    exceptions: all.filter((one) => !isOver(one)),
    ended: all.filter(isOver).map(endedText),
  }
}

const endedText = ({ code, service, said }: Exception): string =>
  `${said!.file}: the exception for ${code}${service ? ` of ${service.namespace}/${service.name}` : ''} ended on ${said!.until}; the finding counts again`

function readEntries(file: string): unknown[] {
  const document = parseDocument(textOf(file))
  const [error] = document.errors
  if (error) throw usageError(`${file}: ${error.message.split('\n')[0]}`, EXAMPLE)
  const content: unknown = document.toJS({ maxAliasCount: 0 })
  if (content === null) return []
  const { ignore, ...others } = isRecord(content) ? content : { '': content }
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw usageError(`${file}: ${unknown || 'this'} is not understood`, EXAMPLE)
  if (ignore === null || ignore === undefined) return []
  if (!Array.isArray(ignore)) throw usageError(`${file}: ignore is not a list`, EXAMPLE)
  return ignore
}

/** No list of exceptions is that large; a folder or a device is none. */
const MOST_BYTES = 1024 * 1024

function textOf(file: string): string {
  try {
    const stats = statSync(file)
    if (!stats.isFile() || stats.size > MOST_BYTES) throw new Error('it is not a small file')
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usageError(`${file} cannot be read: ${systemReason(error)}`, EXAMPLE)
  }
}

function readEntry(entry: unknown, where: string, file: string): Exception {
  if (!isRecord(entry)) throw usageError(`${where} is not an entry`, EXAMPLE)
  const { code, service, reason, until, ...others } = entry
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw usageError(`${where}: ${unknown} is not understood`, EXAMPLE)
  if (typeof code !== 'string') throw usageError(`${where}: code is missing`, EXAMPLE)
  if (typeof reason !== 'string' || reason.trim() === '')
    throw usageError(`${where}: reason is missing`, 'say in a sentence why this finding can be ignored')
  if (service !== undefined && typeof service !== 'string')
    throw usageError(`${where}: service is not NAMESPACE/NAME`, EXAMPLE)
  return {
    code: codeOf(code, `${where}: ${code}`),
    service: service === undefined ? null : servicePattern(service, where),
    said: { reason: reason.trim(), until: dayOf(until, where), file },
  }
}

function dayOf(until: unknown, where: string): string | null {
  if (until === undefined || until === null) return null
  const isDay = typeof until === 'string' && /^\d{4}-\d\d-\d\d$/.test(until) && isDate(until)
  if (!isDay) throw usageError(`${where}: until is not a day`, 'such as 2027-03-31')
  return until
}

/** The 30th of February is none. */
const isDate = (text: string): boolean => {
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

const EXAMPLE =
  'entries look like: ignore: [{code: SVP311, service: shop/web, reason: local by design, until: 2027-03-31}]'
