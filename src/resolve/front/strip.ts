/** What is kept of Ingress and the Gateway API: never the value of a header or of an annotation that may hold a password. */
import type { KubeObject } from '../../kube/api.ts'
import { HIDDEN, mayBeSecret } from '../../model/front/objects.ts'

type Fields = Readonly<Record<string, unknown>>

const KINDS = new Set([
  'Ingress',
  'IngressClass',
  'Gateway',
  'GatewayClass',
  'HTTPRoute',
  'ReferenceGrant',
  'Namespace',
])

export const isFrontObject = ({ kind }: KubeObject): boolean => KINDS.has(String(kind))

/** The object without its metadata, which is stripped elsewhere. */
export function stripFront(object: KubeObject): Fields {
  const { apiVersion, kind, spec, status } = object
  const named = { apiVersion, kind }
  if (kind === 'Namespace') return named
  if (kind === 'HTTPRoute') return { ...named, spec: stripRoute(fieldsOf(spec)), status }
  const { parameters, parametersRef, infrastructure, ...kept } = fieldsOf(spec)
  return { ...named, spec: kept, ...(status === undefined ? {} : { status }) }
}

/** Annotations whose values are names or one of a few words. */
const READ = new Set([
  'kubernetes.io/ingress.class',
  'ingressclass.kubernetes.io/is-default-class',
  'nginx.ingress.kubernetes.io/canary',
])

/** The keys of a manager's own annotations need not be kept either. */
export function stripAnnotations(annotations: Fields): { annotations?: Fields } {
  const kept = Object.entries(annotations)
    .filter(([key]) => !key.startsWith('kubectl.kubernetes.io/'))
    .map(([key, value]): [string, unknown] => [key, READ.has(key) ? value : ''])
  return kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}
}

const stripRoute = (spec: Fields): Fields => ({
  ...spec,
  ...mapped(spec, 'rules', (rule) => ({
    ...rule,
    ...mapped(rule, 'matches', stripMatch),
    ...mapped(rule, 'filters', stripFilter),
    ...mapped(rule, 'backendRefs', (one) => ({ ...one, ...mapped(one, 'filters', stripFilter) })),
  })),
})

const stripMatch = (match: Fields): Fields => ({
  ...match,
  ...mapped(match, 'headers', stripValue),
  ...mapped(match, 'queryParams', stripValue),
})

const stripValue = (one: Fields): Fields => (mayBeSecret(String(one.name)) ? { ...one, value: HIDDEN } : one)

/** Where requests are sent is kept, and not what headers they are given. */
const stripFilter = ({ type, requestRedirect, urlRewrite, requestMirror }: Fields): Fields =>
  Object.fromEntries(
    Object.entries({ type, requestRedirect, urlRewrite, requestMirror }).filter(([, value]) => value !== undefined),
  )

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

function mapped(fields: Fields, name: string, change: (fields: Fields) => Fields): Fields {
  const list = fields[name]
  return Array.isArray(list) ? { [name]: list.map((item) => change(fieldsOf(item))) } : {}
}
