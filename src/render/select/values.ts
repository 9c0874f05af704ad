import { JSONPath } from 'jsonpath-plus'
import { usageError } from '../../model/errors.ts'
import { printable } from '../../model/printable.ts'
import { type Piece, parseTemplate } from './template.ts'

/** What a kubectl JSONPath template makes of a document. Nothing is added at its end, and what is not there is left out, as kubectl does it. */
export function fillTemplate(template: string, document: unknown): string {
  return fill(parseTemplate(template), document)
}

const fill = (pieces: readonly Piece[], document: unknown): string =>
  pieces
    .map((piece) => {
      if ('text' in piece) return piece.text
      if ('path' in piece) return valuesAt(piece.path, document).map(textOf).join(' ')
      return valuesAt(piece.range, document)
        .map((one) => fill(piece.pieces, one))
        .join('')
    })
    .join('')

/** The values that a path (see parseTemplate) leads to, in order. Filters are read by an interpreter of their own, and run no code. */
export function valuesAt(path: string, document: unknown): unknown[] {
  if (path === '$') return [document]
  if (document === null || typeof document !== 'object') return []
  try {
    return JSONPath({ path, json: document, wrap: true, eval: 'safe' }) ?? []
  } catch (error) {
    throw usageError(`-o: the path ${path.slice(1)} cannot be read: ${printable((error as Error).message)}`)
  }
}

/** A text as it is, anything else as JSON; nothing of it moves a cursor. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? printable(value) : printable(JSON.stringify(value) ?? '')
