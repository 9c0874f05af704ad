/** Reads fields of a kubeconfig or of a credential, which may be anything. */

export type Entry = Readonly<Record<string, unknown>>

export const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function entryOf(entry: unknown, field: string): Entry {
  const value = isEntry(entry) ? entry[field] : null
  return isEntry(value) ? value : {}
}

/** A field's text; null where there is none or an empty one. */
export function textOf(entry: unknown, field: string): string | null {
  const value = isEntry(entry) ? entry[field] : null
  return typeof value === 'string' && value !== '' ? value : null
}
