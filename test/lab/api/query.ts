/** Parameters of a query as the API reads them (apimachinery's pkg/runtime/conversion.go). */
import { badRequest } from './status.ts'

/** Whatever is given and not `0` or `false` is true, even nothing at all. */
export function flagOf(query: URLSearchParams, name: string): boolean {
  const text = query.get(name)
  return text !== null && text !== '0' && text.toLowerCase() !== 'false'
}

/** Null where it is not given. Throws the API's 400 for what is no whole number. */
export function numberOf(query: URLSearchParams, name: string): number | null {
  const text = query.get(name) ?? ''
  if (text === '') return null
  if (/^-?\d{1,15}$/.test(text)) return Number(text)
  throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`)
}
