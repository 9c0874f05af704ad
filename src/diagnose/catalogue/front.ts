import type { CatalogueEntry } from '../../model/catalogue.ts'

/** 9xx: what leads to Services: Ingress and the Gateway API. */
export const FRONT: readonly CatalogueEntry[] = [
  {
    code: 'SVP901',
    name: 'backend-not-found',
    severity: 'error',
    what: 'A rule of an Ingress or HTTPRoute names a Service or a port that does not exist. Its part of the requests gets an error, usually status 503 or 500.',
    how: 'A typing error, a Service that was renamed or is in another namespace, or a port that is the container’s and not the Service’s. A port is a number or a name, and the name is the Service’s own.',
    proof:
      'The API was asked for the Service and has none, or the Service has no such port. It is a warning where an Ingress names a target port, which ingress-nginx takes, too. A backend of weight 0 is an information. What is not in a text is unknown.',
    fix: 'kubectl get service NAME -n NAMESPACE shows the ports. Name one of them in the rule, or create the Service.',
    references: ['ingress-nginx#250', 'ingress-nginx#839'],
  },
  {
    code: 'SVP902',
    name: 'route-not-accepted',
    severity: 'error',
    what: 'The controller says in a condition that it does not serve a Gateway, listener or HTTPRoute, or not all of it. Requests get no answer, or status 404 or 500.',
    how: 'Accepted: False means that the object is not valid for this controller, Programmed: False that the data plane has no configuration or no address for it, ResolvedRefs: False that something it names is not there or not allowed.',
    proof:
      'The condition with its reason. One whose observedGeneration is older than the object says nothing about its current version and is a warning, as is one that is Unknown for more than a minute, and one with the reason Pending or AddressNotAssigned: traffic often flows all the same. Where another finding says what is wrong, the condition is part of its proof.',
    fix: 'Change what the reason names; the condition follows within seconds. kubectl describe on the object shows the message in full.',
    references: ['envoy-gateway#8953', 'aws-load-balancer-controller#4499', 'cilium#42902'],
  },
  {
    code: 'SVP903',
    name: 'reference-not-granted',
    severity: 'error',
    what: 'An HTTPRoute names a Service, or a Gateway a certificate, in another namespace, and no ReferenceGrant there allows it. Such requests get status 500; the listener has no certificate.',
    how: 'The Gateway API asks the owner of the target for permission, so that nobody can send traffic to, or use secrets of, a namespace that is not theirs.',
    proof:
      'All ReferenceGrants of the target’s namespace were listed, and none is from this kind and namespace to this kind and name. Where the controller itself says ResolvedRefs: True for the current version, nothing is said.',
    fix: 'Create a ReferenceGrant in the target’s namespace, or move the target. kubectl get referencegrants -n NAMESPACE -o yaml shows what is allowed.',
    references: ['kuma#18014', 'envoy-gateway#792', 'kong-ingress-controller#2828'],
  },
  {
    code: 'SVP904',
    name: 'class-unknown',
    severity: 'warning',
    what: 'No controller is known to serve the Ingress or Gateway: it names no class or one that does not exist, or no controller has claimed its class. Nobody may answer its requests.',
    how: 'ingressClassName was left out and there is no default class; the name is mistyped; or the controller is not installed or not running.',
    proof:
      'The API has no IngressClass or GatewayClass of that name, or the Ingress names none, and no controller has written an address into its status. Or the GatewayClass is still waiting for a controller. Controllers can be configured to serve an Ingress without a class, so this is a warning, and the verdict is unknown.',
    fix: 'kubectl get ingressclass,gatewayclass lists the classes and their controllers. Set spec.ingressClassName or spec.gatewayClassName to one of them.',
    references: ['ingress-nginx#7600', 'ingress-nginx#8857', 'fission#2650'],
  },
  {
    code: 'SVP905',
    name: 'tls-secret-missing',
    severity: 'error',
    what: 'The Secret with the certificate does not exist. HTTPS clients get a certificate of the controller that they do not trust, or no connection at all.',
    how: 'The name is mistyped, the Secret is in another namespace than the Ingress, or cert-manager has not issued the certificate.',
    proof:
      'The API was asked for the Secret’s metadata and has none of that name. The contents of a Secret are never asked for. Without permission, or in a text, it is unknown.',
    fix: 'kubectl get secrets -n NAMESPACE --field-selector type=kubernetes.io/tls lists those that there are. Name one of them, or create it with kubectl create secret tls.',
    references: ['azure-docs#64792', 'ingress-nginx#1984', 'ingress-nginx#3834'],
  },
  {
    code: 'SVP906',
    name: 'no-listener-matches',
    severity: 'error',
    what: 'No listener of the Gateway takes the HTTPRoute, or there is no such Gateway: requests get status 404.',
    how: 'sectionName or port names no listener; the listener’s host name is none of the route’s; allowedRoutes admits only the Gateway’s own namespace, which is the default; or the listener’s protocol or kinds are for other routes.',
    proof:
      'Each listener is compared with the route, and the output says why it does not fit. Where the controller says Accepted: True for the current version, nothing is said.',
    fix: 'kubectl get gateway NAME -n NAMESPACE -o yaml shows the listeners. Change the listener’s hostname or allowedRoutes, or the route’s hostnames or parentRefs.',
    references: ['aws-load-balancer-controller#4499', 'cilium#42902'],
  },
  {
    code: 'SVP907',
    name: 'rule-shadowed',
    severity: 'warning',
    what: 'Another Ingress or HTTPRoute, or an earlier rule, has the same host and path and leads elsewhere: it gets the requests.',
    how: 'An object was copied or renamed, and the older one is still there; or two teams use the same host.',
    proof:
      'Both have the very same host, path and other conditions, and the same listener or address. For HTTPRoutes the API says that the older one wins, then the first by name, then the earlier rule. For Ingresses that is up to the controller; most use the older one. Canaries of ingress-nginx do not count.',
    fix: 'Delete the one that is not needed, or give it another host or path. kubectl get ingress,httproute -A shows all of them with their hosts.',
    references: ['ingress-nginx#1804', 'ingress-nginx#3582', 'ingress-nginx#8216'],
  },
]
