/**
 * The Kubernetes API of a kubeconfig. It loads client-node, which takes a while: import this module when it is needed
 * (`await import`), never at the start of the program.
 */
import { type Access, access } from './access.ts'
import type { KubeApi, KubeOptions } from './api.ts'
import { call } from './call.ts'
import { changes } from './changes.ts'
import { exec } from './exec.ts'
import { follow } from './exec-stream.ts'
import type { Request } from './http.ts'
import type { Surroundings } from './kubeconfig.ts'
import { listAll } from './list.ts'
import { portForward } from './port-forward.ts'
import { watch } from './watch.ts'

/** For one call, tries and pauses included; for a list: one page. */
const defaultTimeoutMs = 15_000

/**
 * Reads the kubeconfig as kubectl does; the API itself is asked with the first call. Throws a SvcpathError where there is
 * no kubeconfig, or what it or the flags name does not exist (exit code 2 for a wrong flag).
 */
export async function connect(options: KubeOptions, surroundings: Surroundings): Promise<KubeApi> {
  const timeoutMs = options.requestTimeoutMs || defaultTimeoutMs
  return kubeApi(access(options, surroundings), timeoutMs)
}

function kubeApi(to: Access, timeoutMs: number): KubeApi {
  const ask = (request: Request, signal?: AbortSignal) => call(to, request, timeoutMs, signal)
  return {
    namespace: to.namespace,
    name: to.name,
    exists: async (path, signal) => (await ask({ method: 'GET', path, metadataOnly: true }, signal)) !== null,
    get: (path, signal) => ask({ method: 'GET', path }, signal),
    list: (path, options = {}) => listAll((page) => ask({ method: 'GET', path: page }, options.signal), path, options),
    // A 404 is an error there: nothing can be created in a namespace that does not exist.
    create: async (path, body, signal) => (await ask({ method: 'POST', path, body }, signal))!,
    async delete(path, { gracePeriodSeconds } = {}) {
      const body = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds }
      await ask({ method: 'DELETE', path, body })
    },
    watch: (path, options) => watch(to, path, options, timeoutMs),
    changes: (path, options) => changes(to, path, options, timeoutMs),
    exec: (request) => exec(to, request),
    follow: (request) => follow(to, request),
    portForward: (namespace, pod, port, options) => portForward(to, namespace, pod, port, options),
  }
}
