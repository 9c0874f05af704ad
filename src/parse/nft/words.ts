import type { Json } from './objects.ts'

/** Words that are there, with a space between them. */
export function words(...parts: (Json | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined && part !== null && part !== '')
    .map(plain)
    .join(' ')
}

/** Options that are there, each by its name. */
export const pairs = (options: Record<string, Json | undefined>): string =>
  words(...Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name, value])))

/** Flags that are there, with commas. */
export const list = (flags: Json | undefined | readonly (Json | undefined)[]): string =>
  [flags]
    .flat()
    .filter((flag) => flag !== undefined)
    .map(plain)
    .join(',')

/** A text as it is, anything else as JSON. */
export const plain = (value: Json | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null)
