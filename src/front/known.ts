/** What is known to be there, and what is known not to be. */
import type { Service } from '../model/cluster.ts'
import type { FrontObjects, Lookup, NamespaceLabels, Reference, Selector } from '../model/front/objects.ts'
import type { Observation } from '../model/observation.ts'

/** `unseen`: nobody asked, or the text does not hold it. */
export type Presence = 'found' | 'absent' | 'unread' | 'noSuchKind' | 'unseen'

/** What the API answered for one object of which there is none in the observation. */
export function presenceOf(front: FrontObjects, kind: string, namespace: string | null, name: string): Presence {
  const own = front.lookups.filter(
    (one) => one.kind === kind && one.namespace === (namespace || null) && one.name === name,
  )
  const best = ORDER.find((answer) => own.some((one) => one.answer === answer))
  return best ?? (isListed(front, kind, namespace) ? 'absent' : 'unseen')
}

const ORDER: readonly Lookup['answer'][] = ['found', 'absent', 'noSuchKind', 'unread']

/** All of a kind in a namespace were asked for, and came. */
export const isListed = ({ lookups }: FrontObjects, kind: string, namespace: string | null): boolean =>
  lookups.some(
    (one) =>
      one.kind === kind &&
      one.name === null &&
      one.answer === 'found' &&
      (one.namespace === null || one.namespace === namespace),
  )

/** The Service, or what is known of its absence. */
export function serviceOf(
  { cluster, source, asked }: Observation,
  front: FrontObjects,
  { namespace, name }: Pick<Reference, 'namespace' | 'name'>,
): { service: Service } | { service: null; presence: Presence } {
  const service = cluster.services?.find((one) => one.namespace === namespace && one.name === name)
  if (service) return { service }
  const presence = presenceOf(front, 'Service', namespace, name)
  const allOfIt = source === 'capture' && asked === namespace && cluster.services !== null
  return { service: null, presence: presence === 'unseen' && (cluster.servicesAreAll || allOfIt) ? 'absent' : presence }
}

/** Does a ReferenceGrant of the target's namespace allow the reference? Null: not known. */
export function isGranted(
  front: FrontObjects,
  from: { group: string; kind: string; namespace: string },
  to: Reference,
): boolean | null {
  if (from.namespace === to.namespace) return true
  const granted = front.grants.some(
    (grant) =>
      grant.namespace === to.namespace &&
      grant.from.some(
        (one) => one.group === from.group && one.kind === from.kind && one.namespace === from.namespace,
      ) &&
      grant.to.some(
        (one) => one.group === to.group && one.kind === to.kind && (one.name === null || one.name === to.name),
      ),
  )
  if (granted) return true
  return isListed(front, 'ReferenceGrant', to.namespace) ? false : null
}

/** Does a selector take a namespace? Null: its labels, or an operator, are not known. */
export function selects(selector: Selector | null, labels: NamespaceLabels['labels'] | null): boolean | null {
  if (selector === null) return null
  if (labels === null) return null
  const byLabels = Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value)
  const all = [byLabels, ...selector.matchExpressions.map((one) => holds(one, labels))]
  if (all.includes(false)) return false
  return all.includes(null) ? null : true
}

function holds(
  { key, operator, values }: Selector['matchExpressions'][number],
  labels: NamespaceLabels['labels'],
): boolean | null {
  const value = labels[key]
  if (operator === 'In') return value !== undefined && values.includes(value)
  if (operator === 'NotIn') return value === undefined || !values.includes(value)
  if (operator === 'Exists') return value !== undefined
  return operator === 'DoesNotExist' ? value === undefined : null
}
