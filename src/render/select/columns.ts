import { usageError } from '../../model/errors.ts'
import { pad, stringWidth } from '../terminal.ts'
import { parsePath } from './template.ts'
import { textOf, valuesAt } from './values.ts'

/** A table as `kubectl -o custom-columns=NAME:.path,…` prints one: a line a document, `<none>` for what is not there. */
export function customColumns(spec: string, documents: readonly unknown[]): string {
  const columns = columnsOf(spec)
  const rows = documents.map((one) =>
    columns.map(({ path }) => valuesAt(path, one).filter(isThere).map(textOf).join(',') || '<none>'),
  )
  const table = [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, i) => Math.max(...table.map((cells) => stringWidth(cells[i]!))))
  return `${table
    .map((cells) =>
      cells
        .map((cell, i) => pad(cell, widths[i]!))
        .join('   ')
        .trimEnd(),
    )
    .join('\n')}\n`
}

const isThere = (value: unknown): boolean => value !== null && value !== undefined

/** Commas within brackets belong to a path. */
function columnsOf(spec: string): { title: string; path: string }[] {
  const parts = [...spec.matchAll(/(?:\[[^\]]*\]|[^,[])+/g)].map(([part]) => part)
  const columns = parts.map((part) => {
    const [, title, path] = /^([^:]+):(.+)$/s.exec(part.trim()) ?? []
    if (title === undefined || path === undefined) throw wrong(spec, `${part} is not TITLE:PATH`)
    return { title: textOf(title), path: parsePath(path) }
  })
  if (columns.length === 0) throw wrong(spec, 'it names no column')
  return columns
}

const wrong = (spec: string, why: string) =>
  usageError(`-o custom-columns=${spec}: ${why}`, 'such as -o custom-columns=NAME:.name,VERDICT:.verdict')
