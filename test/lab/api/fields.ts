/** What of an object the API knows, by client-node's tables of each type's fields (made from the API's own OpenAPI). */
import * as models from '@kubernetes/client-node'

interface Attribute {
  baseName: string
  type: string
}

export interface Decoded {
  value: unknown
  /** Paths of fields that no such type has; they are left out of `value`. */
  unknown: string[]
  /** A sentence for each value that is of another type than its field. */
  wrong: string[]
}

/** Reads a value as a type of the API (`V1Pod`). */
export function decode(value: unknown, type: string): Decoded {
  const result: Decoded = { value: null, unknown: [], wrong: [] }
  result.value = read(value, type, '', result)
  return result
}

function read(value: unknown, type: string, path: string, result: Decoded): unknown {
  if (value === null || type === 'any' || type === 'object') return value
  const list = /^(?:Array|Set)<(.*)>$/.exec(type)?.[1]
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1]
  if (list !== undefined && Array.isArray(value)) {
    return value.map((one, index) => read(one ?? zeroOf(list), list, `${path}[${index}]`, result))
  }
  if (isObject(value) && map !== undefined) {
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, read(one ?? zeroOf(map), map, join(path, key), result)]),
    )
  }
  const attributes = attributesOf(type)
  if (isObject(value) && attributes !== null) return readObject(value, attributes, path, result)
  if (attributes === null && list === undefined && map === undefined && fitsPlain(value, type)) return value
  result.wrong.push(`cannot unmarshal ${kindOf(value)} into field ${path} of type ${type}`)
  return undefined
}

function readObject(value: Record<string, unknown>, attributes: readonly Attribute[], path: string, result: Decoded) {
  const known = new Map(attributes.map(({ baseName, type }) => [baseName, type]))
  const entries = Object.entries(value).flatMap(([key, one]) => {
    const type = known.get(key)
    if (type !== undefined && one === null) return []
    if (type !== undefined) return [[key, read(one, type, join(path, key), result)]]
    result.unknown.push(join(path, key))
    return []
  })
  return Object.fromEntries(entries)
}

/** What null stands for in a list or map, as Go has no other nothing there. */
const zeroOf = (type: string): unknown => (attributesOf(type) ? {} : type === 'string' ? '' : null)

function attributesOf(type: string): readonly Attribute[] | null {
  const model = (models as unknown as Record<string, { getAttributeTypeMap?: () => Attribute[] } | undefined>)[type]
  return model?.getAttributeTypeMap?.() ?? null
}

function fitsPlain(value: unknown, type: string): boolean {
  if (type === 'IntOrString') return typeof value === 'string' || Number.isInteger(value)
  if (type === 'number') return typeof value === 'number'
  if (type === 'boolean') return typeof value === 'boolean'
  return typeof value === 'string'
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)
