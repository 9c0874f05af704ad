/** Label and field selectors (apimachinery's pkg/labels/selector.go and pkg/fields/selector.go). */
import type { KubeObject } from '../../../src/kube/api.ts'
import type { Resource } from './resources.ts'
import { badRequest } from './status.ts'

export type Predicate = (object: KubeObject) => boolean

type Labels = Readonly<Record<string, string>>

const name = '[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?'
const keyShape = new RegExp(`^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?${name}$`)
const valueShape = new RegExp(`^(?:${name})?$`)

/** Throws the API's 400 for what is no selector. */
export function labelPredicate(selector: string): Predicate {
  const tests = requirementsOf(selector).map(requirement)
  return ({ metadata }) => tests.every((test) => test(metadata?.labels ?? {}))
}

/** Whether that is a label's key, or a value of one. */
export const isLabelKey = (text: string): boolean => keyShape.test(text)
export const isLabelValue = (text: string): boolean => valueShape.test(text)

/** The parts between commas that are in no parentheses. */
const requirementsOf = (selector: string): string[] =>
  selector.trim() === '' ? [] : selector.split(/,(?![^()]*\))/).map((one) => one.trim())

function requirement(text: string): (labels: Labels) => boolean {
  const [, sign, lone] = /^(!?)\s*([^\s!=<>(),]+)$/.exec(text) ?? []
  if (lone !== undefined) {
    const key = checkedKey(lone)
    return (labels) => (sign === '!') !== Object.hasOwn(labels, key)
  }
  const [, inKey, word, list] = /^([^\s!=<>(),]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text) ?? []
  if (inKey !== undefined) {
    const [key, values] = [checkedKey(inKey), (list ?? '').split(',').map((one) => checkedValue(one.trim()))]
    const isIn = (labels: Labels) => Object.hasOwn(labels, key) && values.includes(labels[key]!)
    return word === 'in' ? isIn : (labels) => !isIn(labels)
  }
  const [, left, operator, right] = /^([^\s!=<>(),]+)\s*(==?|!=|<|>)\s*([^\s!=<>(),]*)$/.exec(text) ?? []
  if (left === undefined || operator === undefined || right === undefined) {
    throw badRequest(`unable to parse requirement: found '${text}', expected: !, identifier, or 'end of string'`)
  }
  const key = checkedKey(left)
  if (operator === '<' || operator === '>') return compared(key, operator, right)
  const value = checkedValue(right)
  const isEqual = (labels: Labels) => Object.hasOwn(labels, key) && labels[key] === value
  return operator === '!=' ? (labels) => !isEqual(labels) : isEqual
}

function compared(key: string, operator: '<' | '>', text: string): (labels: Labels) => boolean {
  if (!/^-?\d+$/.test(text)) {
    throw badRequest(
      `values[0][${key}]: Invalid value: "${text}": for 'Gt', 'Lt' operators, the value must be an integer`,
    )
  }
  const limit = Number(text)
  return (labels) => {
    const value = labels[key] ?? ''
    return /^-?\d+$/.test(value) && (operator === '<' ? Number(value) < limit : Number(value) > limit)
  }
}

function checkedKey(key: string): string {
  if (isLabelKey(key)) return key
  throw badRequest(
    `unable to parse requirement: <nil>: Invalid value: "${key}": name part must consist of alphanumeric characters, '-', '_' or '.'`,
  )
}

function checkedValue(value: string): string {
  if (isLabelValue(value)) return value
  throw badRequest(
    `unable to parse requirement: values[0]: Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'`,
  )
}

/** Throws the API's 400 for a field that this resource cannot be selected by. */
export function fieldPredicate(selector: string, resource: Resource): Predicate {
  const tests = selector
    .split(/(?<!\\),/)
    .filter((one) => one !== '')
    .map((term) => {
      const [, field, operator, value] = /^(.*?)(!=|==|=)(.*)$/s.exec(term) ?? []
      if (field === undefined || value === undefined)
        throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`)
      const wanted = value.replaceAll(/\\([\\,=])/g, '$1')
      const read = fieldReader(field, resource)
      return (object: KubeObject) => (read(object) === wanted) !== (operator === '!=')
    })
  return (object) => tests.every((test) => test(object))
}

function fieldReader(field: string, { kind, fields }: Resource): (object: KubeObject) => string {
  const isMeta =
    field === 'metadata.name' || (field === 'metadata.namespace' && kind !== 'Node' && kind !== 'Namespace')
  if (!isMeta && !fields.includes(field)) {
    const words = fields.length > 0 ? `field label not supported: ${field}` : null
    throw badRequest(words ?? `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`)
  }
  return (object) => {
    const value = field
      .split('.')
      .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], object)
    // Of these two the API makes `false` where they are not given (pkg/registry/core).
    const empty = field === 'spec.hostNetwork' || field === 'spec.unschedulable' ? 'false' : ''
    return value === undefined || value === null ? empty : String(value)
  }
}
