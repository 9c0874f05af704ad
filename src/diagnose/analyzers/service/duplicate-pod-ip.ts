import type { Endpoint, Node, Pod } from '../../../model/cluster.ts'
import { memoLast } from '../../../model/memo.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, type Draft } from '../../case.ts'
import { withNote } from '../../fix.ts'
import { isFinished, isLeaving } from '../../pods.ts'

/** One address, two pods. */
export const duplicatePodIp: Analyzer = {
  code: 'SVP105',
  find(seen) {
    const used = (seen.endpoints ?? []).filter(({ ready, serving }) => ready || serving)
    const groups = Map.groupBy(used, ({ address }) => address)
    const { nodes, pods } = seen.observation.cluster
    const ofNodes = addressesOf(nodes ?? NONE)
    const held = holdersOf(pods ?? NONE)
    return [...groups].flatMap(([address, endpoints]) => {
      // Pods on the host network have their node's address by design, and a pasted table does not tell which those are.
      if (ofNodes.has(address)) return []
      return judge(held.get(address) ?? [], address, endpoints)
    })
  },
}

const NONE: readonly never[] = []

const addressesOf = memoLast(
  (nodes: readonly Node[]) => new Set(nodes.flatMap(({ addresses }) => addresses.map(({ address }) => address))),
)

/** The pods that list each address; looked up once, for a service may have thousands. */
const holdersOf = memoLast((pods: readonly Pod[]) => {
  const held = new Map<string, Pod[]>()
  for (const pod of pods)
    if (!pod.hostNetwork) for (const address of new Set(pod.ips)) held.set(address, [...(held.get(address) ?? []), pod])
  return held
})

/**
 * A pod that has ended keeps its address in the API, which may have been given out again since: that alone is as it should be (k/k#92697). It is a fault
 * where two live pods have the address, or where the slices lead to a pod that has it no more (k/k#135593).
 */
function judge(holders: readonly Pod[], address: string, endpoints: readonly Endpoint[]): Draft[] {
  if (mayShareNode(holders)) return []
  const live = holders.filter((pod) => !isLeaving(pod))
  const leaving = holders.filter(isLeaving)
  const named = namesIn(endpoints)
  const show = withNote(
    sh`kubectl get pods -A -o wide --field-selector status.podIP=${address}`,
    'the one that should not have it is to be deleted',
  )
  const shared = { subject: address, evidence: holders.map((pod) => holding(pod, address)) }
  if (live.length > 1) {
    const names = live.map(keyOf).join(' and ')
    return [
      {
        ...shared,
        message: `the pods ${names} hold one address: connections reach whichever the network knows`,
        fix: show,
      },
    ]
  }
  const gone = leaving.find((pod) => named.includes(keyOf(pod)))
  const fix = (pod: Pod) => sh`kubectl delete pod -n ${pod.namespace} ${pod.name}`
  if (gone && live[0]) {
    const message = `the slices name the pod ${keyOf(gone)} at ${address}, which ${stateOf(gone)}, and the address is ${keyOf(live[0])}'s now: connections meant for the one reach the other`
    return [{ ...shared, message, fix: fix(gone) }]
  }
  if (named.length > 1) {
    const message = `the slices name ${named.join(' and ')} at one address: connections meant for the one reach the other`
    return [{ ...shared, message, fix: gone ? fix(gone) : show }]
  }
  const old = leaving[0]
  if (!old || live.length === 0) return []
  const message = `the pod ${keyOf(old)}, which ${stateOf(old)}, is still listed with the address of ${keyOf(live[0]!)}: connections are not touched by it, but network policies may be, where their engine counts such pods`
  return [{ ...shared, severity: 'info', message, fix: fix(old) }]
}

/** Pods on one node, of which a pasted table does not tell whether they have the node's own address. */
const mayShareNode = (holders: readonly Pod[]): boolean =>
  holders.some(({ untold }) => untold?.includes('hostNetwork')) && new Set(holders.map(({ node }) => node)).size === 1

const keyOf = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`

/** Every pod that slices name at the address, each once. */
const namesIn = (endpoints: readonly Endpoint[]): string[] => [
  ...new Set(endpoints.flatMap(({ pod, rivals }) => [...(pod ? [pod] : []), ...(rivals ?? [])].map(keyOf))),
]

const stateOf = (pod: Pod): string => (isFinished(pod) ? 'has ended' : 'is terminating')

const holding = (pod: Pod, address: string) =>
  apiEvidence(
    sh`kubectl get pod -n ${pod.namespace} ${pod.name} -o wide`,
    `${pod.name} ${pod.terminating ? 'Terminating' : (pod.phase ?? '?')} ${address} on ${pod.node ?? '?'}`,
  )
