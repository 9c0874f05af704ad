import type { BackendRef, Ingress, IngressClass } from '../../../model/front/objects.ts'
import { type Fields, fieldsIn, type Note, objectsIn, textIn, textMapIn, textsIn } from '../fields.ts'
import { namedIn, numberIn } from './common.ts'

/** The class before there was a field for it. */
const CLASS = 'kubernetes.io/ingress.class'
const CANARY = 'nginx.ingress.kubernetes.io/canary'
/** Written by tools that no request meets. */
const UNREAD =
  /^(kubectl|meta\.helm\.sh|argocd\.argoproj\.io|field\.cattle\.io|helm\.sh)[./]|^cert-manager\.io\/|^kubernetes\.io\/(?!ingress)/

/** Reads a networking.k8s.io Ingress of v1, or of v1beta1, whose backends are written otherwise. */
export function readIngress(object: Fields, namespace: string, name: string, file: string, note: Note): Ingress {
  const spec = fieldsIn(object, 'spec', note)
  const annotations = fieldsIn(fieldsIn(object, 'metadata', note), 'annotations', note)
  const field = textIn(spec, 'ingressClassName', note)
  const annotation = textIn(annotations, CLASS, note)
  const own = (parent: Fields, key: string) => readBackend(fieldsIn(parent, key, note), namespace, note)
  const balancer = fieldsIn(fieldsIn(object, 'status', note), 'loadBalancer', note)
  return {
    ...namedIn(object, namespace, name, file, note),
    className: field ?? annotation,
    classBy: field !== null ? 'field' : annotation !== null ? 'annotation' : null,
    annotations: Object.keys(annotations).filter((key) => key !== CLASS && key !== CANARY && !UNREAD.test(key)),
    canary: annotations[CANARY] === 'true',
    defaultBackend: own(spec, 'defaultBackend') ?? own(spec, 'backend'),
    rules: objectsIn(spec, 'rules', note).map((rule) => ({
      host: textIn(rule, 'host', note),
      paths: objectsIn(fieldsIn(rule, 'http', note), 'paths', note).map((path) => ({
        path: textIn(path, 'path', note),
        type: textIn(path, 'pathType', note) ?? 'ImplementationSpecific',
        target: own(path, 'backend'),
      })),
    })),
    tls: objectsIn(spec, 'tls', note).map((one) => ({
      hosts: [...textsIn(one, 'hosts', note)],
      secret: textIn(one, 'secretName', note),
    })),
    addresses: objectsIn(balancer, 'ingress', note).flatMap(
      (one) => textIn(one, 'ip', note) ?? textIn(one, 'hostname', note) ?? [],
    ),
  }
}

function readBackend(backend: Fields, namespace: string, note: Note): BackendRef | null {
  const common = { namespace, weight: 1, filters: [] }
  const resource = fieldsIn(backend, 'resource', note)
  const kind = textIn(resource, 'kind', note)
  const other = textIn(resource, 'name', note)
  if (kind !== null && other !== null) {
    const group = textIn(resource, 'apiGroup', note) ?? ''
    return { ...common, group, kind, name: other, port: null, portBy: 'name' }
  }
  const old = textIn(backend, 'serviceName', note)
  const service = fieldsIn(backend, 'service', note)
  const name = textIn(service, 'name', note) ?? old
  if (name === null) return null
  const port = fieldsIn(service, 'port', note)
  const written = old === null ? (numberIn(port, 'number', note) ?? textIn(port, 'name', note)) : backend.servicePort
  const isPort = typeof written === 'number' || (typeof written === 'string' && written !== '')
  return {
    ...{ ...common, group: '', kind: 'Service', name },
    port: isPort ? String(written) : null,
    portBy: typeof written === 'number' ? 'number' : 'name',
  }
}

export function readIngressClass(object: Fields, name: string, file: string, note: Note): IngressClass {
  const annotations = fieldsIn(fieldsIn(object, 'metadata', note), 'annotations', note)
  return {
    ...namedIn(object, '', name, file, note),
    controller: textIn(fieldsIn(object, 'spec', note), 'controller', note),
    isDefault: annotations['ingressclass.kubernetes.io/is-default-class'] === 'true',
  }
}

/** The labels of a namespace, by which listeners choose whose routes they take. */
export const readNamespace = (object: Fields, name: string, note: Note) => ({
  name,
  labels: textMapIn(fieldsIn(object, 'metadata', note), 'labels', note),
})
