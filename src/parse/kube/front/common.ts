import type { BackendRef, Condition, Filter, Reference } from '../../../model/front/objects.ts'
import { type Fields, fieldsIn, type Note, objectsIn, textIn } from '../fields.ts'

/** What all of these objects have. A manifest that was never sent to an API has no time of creation. */
export function namedIn(
  object: Fields,
  namespace: string,
  name: string,
  origin: string,
  note: Note,
): { namespace: string; name: string; createdAt: string | null; generation: number | null; origin: string } {
  const metadata = fieldsIn(object, 'metadata', note)
  return {
    ...{ namespace, name, origin },
    createdAt: textIn(metadata, 'creationTimestamp', note),
    generation: numberIn(metadata, 'generation', note),
  }
}

/** A whole number; null where there is none. */
export function numberIn(parent: Fields, name: string, note: Note): number | null {
  const value = parent[name]
  if (typeof value === 'number' && Number.isInteger(value)) return value
  if (value !== undefined && value !== null) note(`${name} is no whole number`)
  return null
}

export const conditionsIn = (parent: Fields, note: Note): Condition[] =>
  objectsIn(parent, 'conditions', note).map((one) => ({
    type: textIn(one, 'type', note) ?? '',
    status: textIn(one, 'status', note) ?? '',
    reason: textIn(one, 'reason', note) ?? '',
    message: textIn(one, 'message', note) ?? '',
    generation: numberIn(one, 'observedGeneration', note),
  }))

/** A reference with its defaults; null without a name. An empty group is the core one, none at all the default. */
export function referenceIn(
  fields: Fields,
  defaults: { group: string; kind: string; namespace: string },
  note: Note,
): Reference | null {
  const name = textIn(fields, 'name', note)
  if (name === null) return null
  return {
    group: typeof fields.group === 'string' ? fields.group : defaults.group,
    kind: textIn(fields, 'kind', note) ?? defaults.kind,
    namespace: textIn(fields, 'namespace', note) ?? defaults.namespace,
    name,
  }
}

/** A backend of an HTTPRoute, or what a filter mirrors to. */
export function backendIn(fields: Fields, namespace: string, note: Note): BackendRef | null {
  const reference = referenceIn(fields, { group: '', kind: 'Service', namespace }, note)
  if (reference === null) return null
  const port = numberIn(fields, 'port', note)
  return {
    ...reference,
    port: port === null ? null : String(port),
    portBy: 'number',
    weight: numberIn(fields, 'weight', note) ?? 1,
    filters: filtersIn(fields, namespace, note),
  }
}

export const filtersIn = (parent: Fields, namespace: string, note: Note): Filter[] =>
  objectsIn(parent, 'filters', note).map((one) => {
    const type = textIn(one, 'type', note) ?? ''
    const mirror = fieldsIn(one, 'requestMirror', note)
    return {
      type,
      text:
        type === 'RequestRedirect'
          ? redirectText(fieldsIn(one, 'requestRedirect', note), note)
          : type === 'URLRewrite'
            ? rewriteText(fieldsIn(one, 'urlRewrite', note), note)
            : '',
      mirror: type === 'RequestMirror' ? backendIn(fieldsIn(mirror, 'backendRef', note), namespace, note) : null,
    }
  })

/** `to https, host example.com, path /new, status 301` */
function redirectText(redirect: Fields, note: Note): string {
  const [scheme, host] = [textIn(redirect, 'scheme', note), textIn(redirect, 'hostname', note)]
  const port = numberIn(redirect, 'port', note)
  const target = [
    scheme ?? '',
    host === null ? '' : `host ${host}`,
    port === null ? '' : `port ${port}`,
    pathText(fieldsIn(redirect, 'path', note), note),
  ].filter(Boolean)
  const status = numberIn(redirect, 'statusCode', note) ?? 302
  return `to ${target.join(', ') || 'the same address'}, status ${status}`
}

function rewriteText(rewrite: Fields, note: Note): string {
  const host = textIn(rewrite, 'hostname', note)
  return [host ? `host ${host}` : '', pathText(fieldsIn(rewrite, 'path', note), note)].filter(Boolean).join(', ')
}

function pathText(path: Fields, note: Note): string {
  const whole = textIn(path, 'replaceFullPath', note)
  const prefix = path.replacePrefixMatch
  if (whole !== null) return `path ${whole}`
  return typeof prefix === 'string' ? `prefix ${prefix || '/'}` : ''
}
