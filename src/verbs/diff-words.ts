/** The words of `diff`: two recordings or one, and perhaps a service. */
import { stat } from 'node:fs/promises'
import { usageError } from '../model/errors.ts'

export interface DiffWanted {
  before: string
  /** Null: the cluster as it is now. */
  after: string | null
  /** Null: all services. */
  service: string | null
}

/** What exists is a path, and `-` is standard input; a word behind that is a service. Throws a usage error for anything else. */
export async function readDiffWords(words: readonly string[]): Promise<DiffWanted> {
  const [before, second, third, ...rest] = words
  if (before === undefined)
    throw usageError('what is to be compared?', 'name a capture: kubectl svcpath diff before.tgz [after.tgz] [SERVICE]')
  if (rest.length > 0)
    throw usageError(
      `diff takes BEFORE, AFTER and one SERVICE, and ${words.length} words were given`,
      'leave SERVICE out to compare all services',
    )
  if (!(await isPath(before)))
    throw usageError(
      `${before} does not exist`,
      'the first word is the capture from before; make one with kubectl svcpath capture -A -o before.tgz',
    )
  if (second === undefined) return { before, after: null, service: null }
  const isSecondPath = await isPath(second)
  if (before === '-' && second === '-')
    throw usageError('standard input (-) is named twice', 'it can be read once only')
  if (third === undefined && !isSecondPath) {
    if (looksLikePath(second))
      throw usageError(
        `${second} does not exist`,
        'name a capture that exists; or leave AFTER out to compare with the cluster',
      )
    return { before, after: null, service: second }
  }
  if (!isSecondPath)
    throw usageError(
      `${second} does not exist`,
      'of three words the second is the capture from after: BEFORE AFTER SERVICE',
    )
  if (third !== undefined && (third === '-' || (looksLikePath(third) && (await isPath(third)))))
    throw usageError(`${third} is a path, and two captures are named already`, 'the third word is a SERVICE')
  return { before, after: second, service: third ?? null }
}

async function isPath(word: string): Promise<boolean> {
  if (word === '-') return true
  return stat(word).then(
    () => true,
    () => false,
  )
}

/** A word that was meant as a path, though nothing is there: no service is written so. */
const looksLikePath = (word: string): boolean =>
  /^(\.{0,2}\/|~)/.test(word) || /\.(tgz|tar|gz|txt|json|ya?ml|log)$/i.test(word) || word.split('/').length > 3
