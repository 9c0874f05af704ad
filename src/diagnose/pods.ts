/** The pods behind a service, as the API shows them. */

import type { Cluster, Pod, Service, ServicePort } from '../model/cluster.ts'
import { memo } from '../model/memo.ts'
import type { Case } from './case.ts'

/** A pod that has ended keeps its address in the API, and the CNI plugin may give it out again (k/k#92697). */
export const isFinished = ({ phase }: Pod): boolean => phase === 'Succeeded' || phase === 'Failed'

/** It has ended, or is about to. */
export const isLeaving = (pod: Pod): boolean => isFinished(pod) || pod.terminating

/** Does it select anything at all? */
export const hasSelector = ({ selector, externalName }: Service): boolean =>
  !externalName && Object.keys(selector ?? {}).length > 0

/** Has a pod the labels? */
export const fits = ({ selector }: Service, { labels }: Pod): boolean =>
  Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value)

/** `app=web,tier=front` */
export const selectorText = ({ selector }: Service): string =>
  Object.entries(selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',')

/** The pods that the service selects. */
export const selectedPods = ({ service, observation: { cluster } }: Case): Pod[] =>
  hasSelector(service)
    ? (cluster.pods ?? []).filter((pod) => pod.namespace === service.namespace && fits(service, pod))
    : []

/** Has a pod the port that the service leads to? A number needs no declaration; what a table does not tell is taken for granted. */
export const resolves = ({ containerPorts, untold }: Pod, { targetPort, protocol }: ServicePort): boolean =>
  targetPort === null ||
  /^\d+$/.test(targetPort) ||
  (untold?.includes('containerPorts') ?? false) ||
  containerPorts.some((one) => one.name === targetPort && one.protocol === protocol)

/** Is the list of pods that of the whole cluster? One that holds those of several namespaces, beside the services of all, is. */
export const hasPodsOfAll = memo(({ pods, services, podsArePartial }: Cluster): boolean => {
  return (
    !podsArePartial &&
    new Set(pods?.map(({ namespace }) => namespace)).size > 1 &&
    (services ?? []).some(({ namespace, name }) => namespace === 'default' && name === 'kubernetes')
  )
})

/** What of the pods would have to be known, and is not, to say which of them the service selects; null where all is. */
export function unknownPods({ service: { namespace }, observation: { cluster } }: Case): string | null {
  if (cluster.pods === null) return 'the pods'
  const own = cluster.pods.filter((pod) => pod.namespace === namespace)
  if (own.some(({ untold }) => untold?.includes('labels'))) return `the labels of the pods of ${namespace}`
  const isWhole = (own.length > 0 && !cluster.podsArePartial) || cluster.podsAreNone || hasPodsOfAll(cluster)
  return isWhole ? null : `the pods of ${namespace}`
}

/** What clients feel of a service that has no endpoint to give: kube-proxy rejects, and of a headless one there is nothing to ask for. */
export const noneServes = ({ headless }: Service): string =>
  headless ? 'its name has no address in DNS' : 'every connection is refused'
