/** What of Ingress and the Gateway API stays, and as what. Hosts and paths keep their parts, so that what is within what stays so. */
import { GATEWAY_GROUP, HIDDEN } from '../model/front/objects.ts'
import type { NameMap } from './names.ts'
import type { Words } from './object-words.ts'
import { fields, list, oneOf, type Rewrite, same, text } from './rewrite.ts'

type Body = Record<string, Rewrite>

const CONDITIONS = 'Accepted Programmed ResolvedRefs Conflicted PartiallyInvalid Ready Scheduled'
const REASONS = `Accepted Programmed ResolvedRefs NoConflicts Pending Invalid NoResources AddressNotAssigned AddressNotUsable ListenersNotValid
  UnsupportedAddress InvalidParameters UnsupportedVersion SupportedVersion Waiting NotAllowedByListeners NoMatchingListenerHostname
  NoMatchingParent UnsupportedValue IncompatibleFilters RefNotPermitted InvalidKind BackendNotFound UnsupportedProtocol HostnameConflict
  ProtocolConflict PortUnavailable InvalidCertificateRef InvalidRouteKinds`
const KINDS =
  'Service Secret Gateway GatewayClass HTTPRoute GRPCRoute TLSRoute TCPRoute UDPRoute Ingress IngressClass ReferenceGrant Namespace ListenerSet'
const GROUPS = ` ${GATEWAY_GROUP} networking.k8s.io`
/** Controllers that many clusters have. */
const CONTROLLERS = `k8s.io/ingress-nginx nginx.org/ingress-controller traefik.io/ingress-controller traefik.io/gateway-controller
  istio.io/gateway-controller istio.io/ingress-controller io.cilium/gateway-controller gateway.envoyproxy.io/gatewayclass-controller
  ingress.k8s.aws/alb haproxy.org/ingress-controller projectcontour.io/gateway-controller`
const FILTERS =
  'RequestRedirect URLRewrite RequestMirror RequestHeaderModifier ResponseHeaderModifier ExtensionRef CORS ExternalAuth'

/** The bodies of their objects, by kind. */
export function frontBodies(words: Words, names: NameMap): [string, Body][] {
  const { name, labels, labelKey, address, metadata } = words
  const host = text((value) =>
    value
      .split('.')
      .map((label) => (label === '*' ? label : names.replace(label)))
      .join('.'),
  )
  const path = text((value) =>
    value
      .split('/')
      .map((part) => names.replace(part))
      .join('/'),
  )
  const value = text((one) => (one === HIDDEN ? one : names.replace(one)))
  const kind = oneOf(KINDS, () => 'Other')
  const group = oneOf(GROUPS, name)
  const controller = oneOf(CONTROLLERS, name)
  const reference = { group, kind, namespace: name, name }
  const parent = fields({ ...reference, sectionName: name, port: same })
  const conditions = list(
    fields({ type: oneOf(CONDITIONS, name), status: same, reason: oneOf(REASONS, name), observedGeneration: same }),
  )
  const replaced = fields({ type: same, replaceFullPath: path, replacePrefixMatch: path })
  const target: Rewrite = fields({ ...reference, port: same, weight: same })
  const filters = list(
    fields({
      type: oneOf(FILTERS, name),
      requestRedirect: fields({ scheme: same, hostname: host, port: same, statusCode: same, path: replaced }),
      urlRewrite: fields({ hostname: host, path: replaced }),
      requestMirror: fields({ backendRef: target }),
    }),
  )
  const values = list(fields({ name, type: same, value }))
  const service = fields({ name, port: fields({ name: same, number: same }) })
  const resource = fields({ apiGroup: group, kind, name })
  const ingressTarget = fields({ service, resource, serviceName: name, servicePort: same })
  const selector = fields({
    matchLabels: labels,
    matchExpressions: list(fields({ key: labelKey, operator: same, values: list(name) })),
  })
  const word = oneOf('true false', () => 'false')
  const ingressMetadata: Rewrite = (given) => ({
    ...(metadata(given) as object),
    annotations: fields({
      'kubernetes.io/ingress.class': name,
      'ingressclass.kubernetes.io/is-default-class': word,
      'nginx.ingress.kubernetes.io/canary': word,
    })((given as { annotations?: unknown } | undefined)?.annotations),
  })
  return Object.entries<Body>({
    Ingress: {
      metadata: ingressMetadata,
      spec: fields({
        ...{ ingressClassName: name, defaultBackend: ingressTarget, backend: ingressTarget },
        tls: list(fields({ hosts: list(host), secretName: name })),
        rules: list(
          fields({
            host,
            http: fields({ paths: list(fields({ path, pathType: same, backend: ingressTarget })) }),
          }),
        ),
      }),
      status: fields({ loadBalancer: fields({ ingress: list(fields({ ip: address, hostname: host })) }) }),
    },
    IngressClass: { metadata: ingressMetadata, spec: fields({ controller }) },
    GatewayClass: { spec: fields({ controllerName: controller }), status: fields({ conditions }) },
    Gateway: {
      spec: fields({
        gatewayClassName: name,
        allowedListeners: fields({ namespaces: fields({ from: same }) }),
        listeners: list(
          fields({
            ...{ name, hostname: host, port: same, protocol: oneOf('HTTP HTTPS TLS TCP UDP', name) },
            tls: fields({ mode: same, certificateRefs: list(fields(reference)) }),
            allowedRoutes: fields({
              namespaces: fields({ from: same, selector }),
              kinds: list(fields({ group, kind })),
            }),
          }),
        ),
      }),
      status: fields({
        conditions,
        addresses: list(fields({ type: same, value: address })),
        listeners: list(fields({ name, attachedRoutes: same, conditions })),
      }),
    },
    HTTPRoute: {
      spec: fields({
        parentRefs: list(parent),
        hostnames: list(host),
        rules: list(
          fields({
            name,
            matches: list(
              fields({ path: fields({ type: same, value: path }), method: same, headers: values, queryParams: values }),
            ),
            filters,
            backendRefs: list(fields({ ...reference, port: same, weight: same, filters })),
          }),
        ),
      }),
      status: fields({ parents: list(fields({ parentRef: parent, controllerName: controller, conditions })) }),
    },
    ReferenceGrant: {
      spec: fields({
        from: list(fields({ group, kind, namespace: name })),
        to: list(fields({ group, kind, name })),
      }),
    },
    Namespace: {},
    Lookup: {
      spec: fields({ kind, namespace: name, name, answer: oneOf('found absent unread noSuchKind', () => 'unread') }),
    },
  })
}
