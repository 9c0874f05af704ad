import type { KubeApi, KubeObject } from '../../kube/api.ts'
import { ReachError, type RunOptions } from '../way.ts'

interface Status {
  phase?: string
  message?: string
  reason?: string
  conditions?: { type: string; status: string; reason?: string; message?: string }[]
  containerStatuses?: { state?: { waiting?: { reason?: string; message?: string } } }[]
}

/** Waits until the pod runs. Throws a ReachError that says what keeps it from it: no image, refused by the kubelet, nothing heard in time. */
export async function waitUntilRunning(
  api: KubeApi,
  namespace: string,
  name: string,
  { timeoutMs, signal }: Pick<RunOptions, 'timeoutMs' | 'signal'>,
): Promise<void> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`
  let last: Status = {}
  const events = api.watch(path, { fieldSelector: `metadata.name=${name}`, timeoutMs, signal })
  for await (const { type, object } of events) {
    if (type === 'DELETED') throw new ReachError('the debug pod was deleted before it ran')
    last = ((object as KubeObject & { status?: Status }).status ?? {}) as Status
    if (last.phase === 'Running') return
    const trouble = troubleOf(last)
    if (trouble)
      throw new ReachError(`the debug pod does not start: ${trouble.words}`, trouble.hint ? { hint: trouble.hint } : {})
  }
  signal.throwIfAborted()
  throw new ReachError(`the debug pod did not start within ${timeoutMs / 1000} s: ${waitingFor(last)}`, {
    hint: 'is the node well? --node-timeout waits longer',
  })
}

const IMAGE = /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|RegistryUnavailable)$/
const BROKEN = /^(CreateContainerConfigError|CreateContainerError|RunContainerError|CrashLoopBackOff)$/

/** What will not mend itself within the time of a run. */
function troubleOf({
  phase,
  reason,
  message,
  containerStatuses,
}: Status): { words: string; hint: string | null } | null {
  const waiting = containerStatuses?.[0]?.state?.waiting
  if (waiting?.reason && IMAGE.test(waiting.reason)) {
    const words = `${waiting.reason}${waiting.message ? `: ${waiting.message}` : ''}`
    return { words, hint: 'name an image that the nodes can pull with --image' }
  }
  if (waiting?.reason && BROKEN.test(waiting.reason))
    return { words: `${waiting.reason}${waiting.message ? `: ${waiting.message}` : ''}`, hint: null }
  if (phase === 'Failed' || phase === 'Succeeded')
    return { words: `${reason ?? phase}${message ? `: ${message}` : ''}`, hint: null }
  return null
}

function waitingFor({ phase, conditions, containerStatuses }: Status): string {
  const waiting = containerStatuses?.[0]?.state?.waiting
  if (waiting) return `${waiting.reason ?? 'waiting'}${waiting.message ? `: ${waiting.message}` : ''}`
  const unscheduled = conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  return unscheduled?.message ?? (phase ? `it is ${phase}` : 'nothing was heard of it')
}
