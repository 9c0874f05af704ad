/** What `doctor -o json` prints: what svcpath could do on this cluster now, found out before it is needed. */
export interface DoctorReport {
  apiVersion: 'svcpath/v1alpha1'
  kind: 'DoctorReport'
  /** What errors call the cluster: the context's name. */
  cluster: string
  /** `v1.36.1`; null where the API does not tell. */
  version: string | null
  /** How long the API took to answer a first and a second call: the first makes the connection. */
  apiMilliseconds: { first: number; again: number }
  /**
   * `ready`: every node can be read, and each call that is needed is allowed. `notReady`: no node can be read. `partlyReady`: everything between.
   */
  verdict: 'ready' | 'partlyReady' | 'notReady'
  permissions: PermissionCheck[]
  nodes: NodeCheck[]
  /** Whether a debug pod could be made; null where nobody needs one. */
  debugPod: DebugPodCheck | null
  /** What to know of all this, in sentences. */
  notes: string[]
}

export interface PermissionCheck {
  /** `list pods`, `create pods/exec in namespace kube-system` */
  what: string
  /** What it is for. */
  why: string
  /** Null: the API did not say. */
  allowed: boolean | null
  /** svcpath does without it, and then knows less. */
  optional: boolean
}

/** A node as the node script saw it, run for real. */
export interface NodeCheck {
  name: string
  /**
   * `read`: the script ran there, and read the rules. `withoutRules`: it ran, and the rules were not read, or in part: what they do would stay unknown. `debugPod`:
   * a debug pod would be accepted there, and was not tried. `unread`: nothing ran there, and the node would stay unknown.
   */
  outcome: 'read' | 'withoutRules' | 'debugPod' | 'unread'
  /** `exec in kube-system/kube-proxy-x7k2p`; null where nothing leads there. */
  way: string | null
  /** Why it, or its rules, would stay unknown, or what is in the way of the usual way. */
  reason: string | null
  /** What could not be read there, such as `conntrack`. */
  lacks: string[]
  /** How long the script took, there and back. */
  milliseconds: number | null
  /** By how many seconds its clock is ahead of this machine's; null where it was not read. */
  clockAhead: number | null
}

export interface DebugPodCheck {
  namespace: string
  image: string
  /** The API would take it (a dry run, which makes nothing). */
  accepted: boolean
  reason: string | null
}
