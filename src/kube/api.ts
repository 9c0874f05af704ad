/** What svcpath asks of a Kubernetes API. `connect` (client.ts) makes it out of a kubeconfig. */
import type { Duplex } from 'node:stream'
import type { PulseTimes } from './pulse.ts'

/** kubectl's own flags, as far as they say which API is meant and who asks. */
export interface KubeOptions {
  /** `--kubeconfig`; undefined: KUBECONFIG (several files), ~/.kube/config, or the pod's own service account. */
  kubeconfig?: string | undefined
  context?: string | undefined
  cluster?: string | undefined
  user?: string | undefined
  server?: string | undefined
  token?: string | undefined
  tlsServerName?: string | undefined
  certificateAuthority?: string | undefined
  insecureSkipTlsVerify?: boolean | undefined
  /** `--as`, `--as-group`, `--as-uid`: impersonation. */
  as?: string | undefined
  asGroups?: readonly string[] | undefined
  asUid?: string | undefined
  /** `--request-timeout`, for each call; a default of some seconds where undefined. */
  requestTimeoutMs?: number | undefined
}

/** An object as the API sent it, nothing dropped or renamed. */
export type KubeObject = Record<string, unknown> & {
  apiVersion?: string
  kind?: string
  metadata?: { name?: string; namespace?: string; labels?: Record<string, string>; uid?: string }
}

export interface ListOptions {
  labelSelector?: string | undefined
  fieldSelector?: string | undefined
  signal?: AbortSignal | undefined
}

export interface ExecRequest {
  namespace: string
  pod: string
  /** The pod's default container where undefined. */
  container?: string | undefined
  command: readonly string[]
  stdin: string
  timeoutMs: number
  /** More than this of stdout is not kept: the session is ended and `truncated` set. */
  maxBytes: number
  signal?: AbortSignal | undefined
}

/** A command that runs on; see `Pulse` for its times. */
export interface FollowRequest extends Pick<ExecRequest, 'namespace' | 'pod' | 'container' | 'command' | 'stdin'> {
  times: PulseTimes
  onOutput(bytes: Buffer): void
  signal: AbortSignal
}

/** How a command ended that ended by itself. */
export type Ended = Pick<Output, 'stderr' | 'exitCode'>

/** What a command on a node or in a pod printed. */
export interface Output {
  stdout: Buffer
  /** At most some kilobytes of it. */
  stderr: string
  /** Null where the command did not end by itself or nobody said how. */
  exitCode: number | null
  truncated: boolean
}

/**
 * All calls have a time limit, follow no cached answer longer than the API itself does, and throw a KubeError: with the
 * API's own words, what it means, and for 401 and 403 the RBAC rule that is missing. No token or key is in any error.
 */
export interface KubeApi {
  /** The context's namespace, `default` where it names none. */
  readonly namespace: string
  /** What errors and captures call this cluster: the context's name, never a credential. */
  readonly name: string
  /** `/api/v1/nodes/n1`; null for 404. */
  get(path: string, signal?: AbortSignal): Promise<KubeObject | null>
  /** Is there such an object? Its metadata alone is asked for, and dropped: the object may be a secret. */
  exists(path: string, signal?: AbortSignal): Promise<boolean>
  /** All pages of a list (`/api/v1/namespaces/shop/pods`); a 410 in the midst of it begins again. 404 of the resource itself: null. */
  list(path: string, options?: ListOptions): Promise<KubeObject[] | null>
  create(path: string, body: KubeObject, signal?: AbortSignal): Promise<KubeObject>
  /** Done already (404) is no error. */
  delete(path: string, options?: { gracePeriodSeconds?: number }): Promise<void>
  /** Objects of a list as they change, from now on, until the signal aborts or the time is over. */
  watch(path: string, options: ListOptions & { timeoutMs: number }): AsyncIterable<{ type: string; object: KubeObject }>
  /**
   * All objects of a list, and again after each change, until the signal aborts. A watch that breaks off or expires is begun again with a list; where watching is forbidden,
   * lists are compared. Throws where not even a list is allowed.
   */
  changes(path: string, options: ListOptions & { signal: AbortSignal }): AsyncIterable<KubeObject[]>
  /** A dropped socket, an error of the kubelet, a timeout: each a KubeError that says so; never a promise that hangs. */
  exec(request: ExecRequest): Promise<Output>
  /** The same for a command that runs on: its output as it comes. Resolves when it ends by itself; throws where the stream does. */
  follow(request: FollowRequest): Promise<Ended>
  /** A TCP stream to a port inside a pod's network namespace. */
  portForward(namespace: string, pod: string, port: number, options: { timeoutMs: number }): Promise<Duplex>
}
