import type { KubeApi } from '../../kube/api.ts'
import { permissionWords } from '../../kube/permission.ts'
import { type Need, needsOf } from '../../kube/permissions.ts'
import type { PermissionCheck } from '../../model/doctor/report.ts'
import type { WayName } from '../../model/way.ts'

/** Asks the API of each call that a way makes whether this user may make it. */
export async function checkPermissions(
  api: KubeApi,
  way: WayName,
  namespace: string,
  signal: AbortSignal,
): Promise<PermissionCheck[]> {
  return Promise.all(
    needsOf(way, namespace).map(async (need) => ({
      ...{ what: permissionWords(need), why: need.why, optional: need.optional },
      allowed: await isAllowed(api, need, signal),
    })),
  )
}

/** Everybody may ask for themselves, unless somebody took that away (kubernetes.io, "Authorization": checking API access). */
async function isAllowed(api: KubeApi, need: Need, signal: AbortSignal): Promise<boolean | null> {
  const [resource, subresource] = need.resource.split('/')
  const asked = need.resource.startsWith('/')
    ? { nonResourceAttributes: { path: need.resource, verb: need.verb } }
    : {
        resourceAttributes: {
          ...{ verb: need.verb, group: need.apiGroup, resource },
          ...(subresource ? { subresource } : {}),
          ...(need.namespace === null ? {} : { namespace: need.namespace }),
          ...(need.name === null ? {} : { name: need.name }),
        },
      }
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: asked }
  try {
    const { status } = await api.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, signal)
    const allowed = (status as { allowed?: unknown } | undefined)?.allowed
    return typeof allowed === 'boolean' ? allowed : null
  } catch {
    if (signal.aborted) throw signal.reason
    return null
  }
}
