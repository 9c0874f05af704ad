import {
  GATEWAY_GROUP,
  type Gateway,
  type GatewayClass,
  HIDDEN,
  type HttpMatch,
  type HttpRoute,
  type Listener,
  type Lookup,
  mayBeSecret,
  type ParentRef,
  type ReferenceGrant,
  type Selector,
} from '../../../model/front/objects.ts'
import { type Fields, fieldsIn, isFields, type Note, objectsIn, textIn, textMapIn, textsIn } from '../fields.ts'
import { backendIn, conditionsIn, filtersIn, namedIn, numberIn, referenceIn } from './common.ts'

export function readGateway(object: Fields, namespace: string, name: string, file: string, note: Note): Gateway {
  const spec = fieldsIn(object, 'spec', note)
  const status = fieldsIn(object, 'status', note)
  const allowed = fieldsIn(fieldsIn(spec, 'allowedListeners', note), 'namespaces', note)
  return {
    ...namedIn(object, namespace, name, file, note),
    className: textIn(spec, 'gatewayClassName', note),
    listeners: objectsIn(spec, 'listeners', note).map((one) => readListener(one, namespace, note)),
    mayHaveMore: (textIn(allowed, 'from', note) ?? 'None') !== 'None',
    conditions: conditionsIn(status, note),
    listenerStatus: objectsIn(status, 'listeners', note).map((one) => ({
      name: textIn(one, 'name', note) ?? '',
      conditions: conditionsIn(one, note),
    })),
    addresses: objectsIn(status, 'addresses', note).flatMap((one) => textIn(one, 'value', note) ?? []),
  }
}

function readListener(listener: Fields, namespace: string, note: Note): Listener {
  const allowed = fieldsIn(listener, 'allowedRoutes', note)
  const namespaces = fieldsIn(allowed, 'namespaces', note)
  const tls = fieldsIn(listener, 'tls', note)
  return {
    name: textIn(listener, 'name', note) ?? '',
    hostname: textIn(listener, 'hostname', note),
    port: numberIn(listener, 'port', note),
    protocol: textIn(listener, 'protocol', note) ?? '',
    certificates: objectsIn(tls, 'certificateRefs', note).flatMap(
      (one) => referenceIn(one, { group: '', kind: 'Secret', namespace }, note) ?? [],
    ),
    from: textIn(namespaces, 'from', note) ?? 'Same',
    selector: isFields(namespaces.selector) ? readSelector(namespaces.selector, note) : null,
    kinds: objectsIn(allowed, 'kinds', note).map((one) => ({
      group: typeof one.group === 'string' ? one.group : GATEWAY_GROUP,
      kind: textIn(one, 'kind', note) ?? '',
    })),
  }
}

const readSelector = (selector: Fields, note: Note): Selector => ({
  matchLabels: textMapIn(selector, 'matchLabels', note),
  matchExpressions: objectsIn(selector, 'matchExpressions', note).map((one) => ({
    key: textIn(one, 'key', note) ?? '',
    operator: textIn(one, 'operator', note) ?? '',
    values: [...textsIn(one, 'values', note)],
  })),
})

export const readGatewayClass = (object: Fields, name: string, file: string, note: Note): GatewayClass => ({
  ...namedIn(object, '', name, file, note),
  controller: textIn(fieldsIn(object, 'spec', note), 'controllerName', note),
  conditions: conditionsIn(fieldsIn(object, 'status', note), note),
})

export function readRoute(object: Fields, namespace: string, name: string, file: string, note: Note): HttpRoute {
  const spec = fieldsIn(object, 'spec', note)
  const rules = objectsIn(spec, 'rules', note)
  return {
    ...namedIn(object, namespace, name, file, note),
    parents: objectsIn(spec, 'parentRefs', note).flatMap((one) => readParent(one, namespace, note) ?? []),
    hostnames: [...textsIn(spec, 'hostnames', note)],
    rules: rules.map((rule) => {
      const matches = objectsIn(rule, 'matches', note).map((one) => readMatch(one, note))
      return {
        name: textIn(rule, 'name', note),
        matches: matches.length > 0 ? matches : [readMatch({}, note)],
        filters: filtersIn(rule, namespace, note),
        targets: objectsIn(rule, 'backendRefs', note).flatMap((one) => backendIn(one, namespace, note) ?? []),
      }
    }),
    statuses: objectsIn(fieldsIn(object, 'status', note), 'parents', note).flatMap((one) => {
      const parent = readParent(fieldsIn(one, 'parentRef', note), namespace, note)
      const controller = textIn(one, 'controllerName', note) ?? ''
      return parent === null ? [] : [{ parent, controller, conditions: conditionsIn(one, note) }]
    }),
  }
}

function readParent(fields: Fields, namespace: string, note: Note): ParentRef | null {
  const reference = referenceIn(fields, { group: GATEWAY_GROUP, kind: 'Gateway', namespace }, note)
  if (reference === null) return null
  return { ...reference, section: textIn(fields, 'sectionName', note), port: numberIn(fields, 'port', note) }
}

function readMatch(match: Fields, note: Note): HttpMatch {
  const path = fieldsIn(match, 'path', note)
  const values = (key: string) =>
    objectsIn(match, key, note).map((one) => {
      const name = textIn(one, 'name', note) ?? ''
      const value = mayBeSecret(name) ? HIDDEN : (textIn(one, 'value', note) ?? '')
      return { name, type: textIn(one, 'type', note) ?? 'Exact', value }
    })
  return {
    path: { type: textIn(path, 'type', note) ?? 'PathPrefix', value: textIn(path, 'value', note) ?? '/' },
    method: textIn(match, 'method', note),
    headers: values('headers'),
    query: values('queryParams'),
  }
}

export function readGrant(object: Fields, namespace: string, name: string, file: string, note: Note): ReferenceGrant {
  const spec = fieldsIn(object, 'spec', note)
  return {
    ...namedIn(object, namespace, name, file, note),
    from: objectsIn(spec, 'from', note).map((one) => ({
      group: textIn(one, 'group', note) ?? '',
      kind: textIn(one, 'kind', note) ?? '',
      namespace: textIn(one, 'namespace', note) ?? '',
    })),
    to: objectsIn(spec, 'to', note).map((one) => ({
      group: textIn(one, 'group', note) ?? '',
      kind: textIn(one, 'kind', note) ?? '',
      name: textIn(one, 'name', note),
    })),
  }
}

const ANSWERS = ['found', 'absent', 'unread', 'noSuchKind'] as const

/** Reads what svcpath itself notes of an object that it asked for, as `resolve/front` writes it; null for what is none. */
export function readLookup(object: Fields, note: Note): Lookup | null {
  const spec = fieldsIn(object, 'spec', note)
  const answer = ANSWERS.find((one) => one === textIn(spec, 'answer', note))
  const kind = textIn(spec, 'kind', note)
  if (answer === undefined || kind === null) return null
  return { kind, namespace: textIn(spec, 'namespace', note), name: textIn(spec, 'name', note), answer }
}
