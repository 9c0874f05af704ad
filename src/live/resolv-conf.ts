import type { CapturedFile } from '../capture/write.ts'
import type { KubeApi } from '../kube/api.ts'
import { parseResolvConf } from '../parse/host/resolv-conf.ts'

const TIMEOUT_MS = 5000

/** More than any resolver reads. */
const MAX_BYTES = 64 * 1024

/**
 * What a pod's resolver is told, by `cat` in it: the kubelet writes the file by the pod's dnsPolicy and dnsConfig, so the API alone does not tell.
 * Null where it cannot be read; `say` then says why.
 */
export async function readPodResolvConf(
  api: KubeApi,
  pod: { namespace: string; name: string },
  signal: AbortSignal,
  say: (words: string) => void,
): Promise<CapturedFile | null> {
  const where = `${pod.namespace}/${pod.name}`
  const command = ['cat', '/etc/resolv.conf']
  const limits = { stdin: '', timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal }
  try {
    const { stdout, stderr, exitCode } = await api.exec({ namespace: pod.namespace, pod: pod.name, command, ...limits })
    if (exitCode !== 0) throw new Error(stderr.trim() || `cat ended with exit code ${exitCode}`)
    const text = stdout.toString()
    if (parseResolvConf(text, where).items.length === 0) throw new Error('it names no server')
    return { path: `pods/${pod.namespace}/${pod.name}/resolv.conf`, text }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    say(`the resolv.conf of ${where} was not read: ${(error as Error).message}`)
    return null
  }
}
