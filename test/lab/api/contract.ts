/** What the lab's API server asks of a lab, and what it gives. */
import type { KubeObject } from '../../../src/kube/api.ts'

/** A process to start, as words; never a shell line. */
export interface Program {
  file: string
  args: readonly string[]
}

/** What answers without a process: a thousand nodes would cost one each. */
export interface Answerer {
  /** What it prints for this input, then it ends well. A promise that never settles is a node that hangs. */
  answer(stdin: string): Promise<readonly Buffer[]>
}

/** The status that a new pod gets some time after the one before. */
interface Step {
  afterMs: number
  status: object
  nodeName?: string
}

/** The cluster behind the API. */
export interface Backend {
  /** What the cluster holds at the start: any objects with apiVersion, kind, metadata (nodes, services, pods, endpointslices, endpoints, configmaps, namespaces). */
  objects: readonly KubeObject[]
  /** What runs `command` in a container of a pod (a process: stdin, stdout and stderr piped); null: no such container. */
  exec(pod: KubeObject, container: string | undefined, command: readonly string[]): Program | Answerer | null
  /** The process whose stdin and stdout are a TCP connection to this port inside the pod's network namespace; it exits non-zero where nobody listens. */
  connect(pod: KubeObject, port: number): Program
  /** A pod was created through the API: its status from now on, in order, with a delay between; a pod that is deleted is just gone. */
  schedule(pod: KubeObject): readonly Step[]
}

/** The first rule whose `match` fits method and path (`GET /api/v1/pods?limit=1`) answers instead of the API. */
export interface Fault {
  match: RegExp
  /** How often it applies; always where undefined. */
  times?: number
  status?: number
  retryAfterSeconds?: number
  /** Before the answer; without `status`, `drop` or `body` the true one. */
  delayMs?: number
  /** The connection is cut before any answer, or in the midst of it. */
  drop?: 'before' | 'midway'
  /** Instead of a Status object; with 200 where no `status` is given. */
  body?: string
}

export interface ApiOptions {
  /** 127.0.0.1 where undefined. */
  host?: string
  /** Any free one where undefined. */
  port?: number
  /** Whether the user may not do this; `resource` is `pods`, or `pods/exec`. */
  forbid?: (verb: string, resource: string, namespace: string | null) => boolean
  /**
   * The API passes v5 on to the kubelet, as it may from 1.36 on (ExtendWebSocketsToKubelet), so that what the kubelet
   * refuses is an HTTP error. Else the API translates, opens the WebSocket itself and tells it there.
   */
  kubeletWebSockets?: boolean
}

export interface LabApi {
  url: string
  port: number
  /** JSON (which is YAML) for --kubeconfig. */
  kubeconfig(options?: { token?: string; namespace?: string }): string
  /** All requests so far: `GET /api/v1/...?query`. */
  requests: readonly string[]
  /** Whom each request was made for, where it impersonated: `user`, or `user (group, group)`. */
  impersonated: readonly string[]
  /** What is there now, by kind. */
  current(kind: string): KubeObject[]
  /** Adds an object, or puts it in the place of the one with its name, as a controller would. */
  put(object: KubeObject): void
  remove(object: KubeObject): void
  faults: Fault[]
  /** Ends every process and cuts every connection. */
  close(): Promise<void>
}
