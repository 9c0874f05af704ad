/** What the API tells of itself: kubectl asks for it before it asks for anything else. */
import { apiVersionOf, RESOURCES, type Resource, STREAMS } from './resources.ts'

/** Of the Kubernetes whose sources this follows. */
const version = {
  ...{ major: '1', minor: '36', gitVersion: 'v1.36.3', gitCommit: '', gitTreeState: 'clean' },
  ...{ buildDate: '1970-01-01T00:00:00Z', goVersion: 'none', compiler: 'none', platform: 'lab' },
}

/** The answer to a path that is no resource; null for one that this API does not have. */
export function discovery(pathname: string): object | null {
  if (pathname === '/version') return version
  if (pathname === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
  if (pathname === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups() }
  const groupVersion = /^\/apis?\/([^/]+(?:\/[^/]+)?)$/.exec(pathname)?.[1]
  const all = RESOURCES.filter((one) => apiVersionOf(one) === groupVersion)
  const isCore = groupVersion === 'v1'
  if (all.length === 0 || isCore !== pathname.startsWith('/api/')) return null
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: all.flatMap(described) }
}

/** Each group with its versions; the first is the preferred one. */
function groups(): object[] {
  const named = Map.groupBy(
    RESOURCES.filter(({ group }) => group !== ''),
    ({ group }) => group,
  )
  return [...named].map(([name, all]) => {
    const versions = [...new Set(all.map((one) => one.version))].map((one) => ({
      ...{ groupVersion: `${name}/${one}`, version: one },
    }))
    return { name, versions, preferredVersion: versions[0] }
  })
}

function described({ kind, plural, namespaced }: Resource): object[] {
  const own = { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs: ['get', 'list', 'watch'] }
  if (kind !== 'Pod') return [own]
  const streams = STREAMS.map((one) => ({
    ...{ name: `${plural}/${one}`, singularName: '', namespaced, kind: 'Pod', verbs: ['create', 'get'] },
  }))
  return [{ ...own, verbs: [...own.verbs, 'create', 'delete'] }, ...streams]
}
