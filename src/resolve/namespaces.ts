import type { KubeApi } from '../kube/api.ts'
import { NotFoundError } from '../model/errors.ts'
import { namespaceHint } from '../model/query.ts'
import { Reader } from './reader.ts'

/** The error for a namespace that does not exist, with those of near names; null where it exists, or namespaces may not be listed. */
export async function missingNamespace(
  api: KubeApi,
  namespace: string,
  signal: AbortSignal | undefined,
): Promise<NotFoundError | null> {
  const all = await new Reader(api, signal).spare('/api/v1/namespaces')
  const names = (all ?? []).flatMap(({ metadata }) => metadata?.name ?? [])
  if (names.length === 0 || names.includes(namespace)) return null
  return new NotFoundError(`no namespace ${namespace} in ${api.name}`, { hint: namespaceHint(namespace, names) })
}
