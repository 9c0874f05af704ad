/** What runs pods, as kubectl names it: `deploy/web`, `pod/web-5d9c-x2x1`. A Service is found by the pods that it selects. */
import type { Pod, Service } from '../cluster.ts'

type WorkloadKind = 'pod' | 'deployment' | 'statefulset' | 'daemonset' | 'replicaset'

export interface WorkloadQuery {
  kind: 'workload'
  of: WorkloadKind
  /** Null where the text does not tell. */
  namespace: string | null
  name: string
  text: string
  port?: string
}

const KINDS: Readonly<Record<string, WorkloadKind>> = {
  ...{ pod: 'pod', pods: 'pod', po: 'pod' },
  ...{ deployment: 'deployment', deployments: 'deployment', deploy: 'deployment' },
  ...{ statefulset: 'statefulset', statefulsets: 'statefulset', sts: 'statefulset' },
  ...{ daemonset: 'daemonset', daemonsets: 'daemonset', ds: 'daemonset' },
  ...{ replicaset: 'replicaset', replicasets: 'replicaset', rs: 'replicaset' },
}

/** Reads `deploy/web`, `deployment.apps/web`, `shop/deploy/web`; null for anything else. */
export function parseWorkload(place: string, text: string): WorkloadQuery | null {
  const [, namespace, kind = '', name, port] =
    /^(?:([^/:]+)\/)?([a-z]+)(?:\.apps)?\/([^/:]+)(?::([a-z0-9-]+))?$/i.exec(place) ?? []
  const of = KINDS[kind.toLowerCase()]
  if (of === undefined || name === undefined) return null
  return { kind: 'workload', of, namespace: namespace ?? null, name, text, ...(port ? { port } : {}) }
}

/** What is asked about a pod here. */
export type OwnedPod = Pick<Pod, 'name' | 'labels' | 'owner' | 'untold'>

/** Is this a pod of the workload? A Deployment owns its pods through a ReplicaSet, whose name ends in a hash. */
export function isPodOf({ of, name }: Pick<WorkloadQuery, 'of' | 'name'>, pod: OwnedPod): boolean {
  if (of === 'pod') return pod.name === name
  const { owner, labels } = pod
  // A table of kubectl has names alone.
  if (!owner) return (pod.untold?.includes('labels') ?? false) && byName(of, name).test(pod.name)
  if (of !== 'deployment') return owner.kind.toLowerCase() === of && owner.name === name
  return owner.kind === 'ReplicaSet' && owner.name === `${name}-${labels['pod-template-hash'] ?? ''}`
}

function byName(of: WorkloadKind, name: string): RegExp {
  const start = `^${name.replaceAll(/[^a-z0-9-]/gi, '\\$&')}-`
  if (of === 'statefulset') return new RegExp(`${start}\\d+$`)
  return new RegExp(of === 'deployment' ? `${start}[a-z0-9]{6,10}-[a-z0-9]{5}$` : `${start}[a-z0-9]{5}$`)
}

/** Does the service select the pod? */
export const selects = ({ selector }: Pick<Service, 'selector'>, labels: Readonly<Record<string, string>>): boolean =>
  selector != null &&
  Object.keys(selector).length > 0 &&
  Object.entries(selector).every(([name, value]) => labels[name] === value)
