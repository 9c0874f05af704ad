import type { AddressMap } from './addresses.ts'
import { frontBodies } from './front-kinds.ts'
import type { NameMap } from './names.ts'
import {
  advertisementBody,
  configMapBody,
  endpointsBody,
  l2StatusBody,
  nodeBody,
  podBody,
  policyBody,
  serviceBody,
  sliceBody,
} from './object-kinds.ts'
import { wordsOf } from './object-words.ts'
import { fields, isObject, same } from './rewrite.ts'

/** Rewrites API objects by what svcpath reads of them. Everything else is dropped and not renamed. */
export function objectRewriter(names: NameMap, addresses: AddressMap): (object: Record<string, unknown>) => unknown {
  const words = wordsOf(names, addresses)
  const bodies = new Map([
    ...Object.entries({
      Service: serviceBody(words),
      EndpointSlice: sliceBody(words),
      Endpoints: endpointsBody(words),
      Pod: podBody(words),
      Node: nodeBody(words, names, addresses),
      NetworkPolicy: policyBody(words),
      ConfigMap: configMapBody(names),
      L2Advertisement: advertisementBody(words),
      BGPAdvertisement: advertisementBody(words),
      ServiceL2Status: l2StatusBody(words),
    }),
    ...frontBodies(words, names),
  ])
  const rewrite = (object: Record<string, unknown>, listKind: string | null): unknown => {
    const kind = typeof object.kind === 'string' ? object.kind : (listKind ?? '')
    const itemKind = kind.replace(/List$/, '')
    if (Array.isArray(object.items)) {
      const items = object.items.flatMap((item) => (isObject(item) ? (rewrite(item, itemKind) ?? []) : []))
      if (itemKind !== '' && !bodies.has(itemKind)) return { kind: 'List', metadata: {}, items }
      return { apiVersion: groupOf(object), kind: object.kind, metadata: {}, items }
    }
    const body = bodies.get(kind)
    if (!body) return undefined
    const made = fields({ kind: same, metadata: words.metadata, ...body })(object) as object
    return { apiVersion: groupOf(object), ...made }
  }
  return (object) => rewrite(object, null)
}

/** Of the kinds that are kept; another's would tell what is installed. */
const groupOf = ({ apiVersion }: Record<string, unknown>): unknown =>
  typeof apiVersion === 'string' &&
  /^(v1|svcpath\/v1alpha1|((discovery|(gateway\.)?networking)\.k8s|metallb)\.io\/v1(beta1)?)$/.test(apiVersion)
    ? apiVersion
    : undefined
