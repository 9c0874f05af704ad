import type { KubeObject } from '../kube/api.ts'
import type { Service } from '../model/cluster.ts'
import { readService } from '../parse/kube/service.ts'

/** What is needed of a Service to hold it against others; null where it is none. */
export function parsed(object: KubeObject): Service | null {
  const { namespace = '', name = '' } = object.metadata ?? {}
  return readService(object, namespace, name, 'api/services.json', () => undefined)
}
