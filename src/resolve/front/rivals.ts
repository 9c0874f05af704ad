/** Which of all Ingresses and HTTPRoutes are kept beside the one that was asked for: those that may get its requests. */
import { areSame } from '../../front/precedence.ts'
import type { KubeObject } from '../../kube/api.ts'
import type { HttpRoute, Ingress } from '../../model/front/objects.ts'
import { readRoute } from '../../parse/kube/front/gateway.ts'
import { readIngress } from '../../parse/kube/front/ingress.ts'

const placeOf = ({ metadata }: KubeObject): [string, string] => [metadata?.namespace ?? '', metadata?.name ?? '']

/** The same host and path, whatever the class. The object itself is kept already. */
export function sharesPath(own: Ingress, object: KubeObject): boolean {
  const [namespace, name] = placeOf(object)
  if (namespace === own.namespace && name === own.name) return false
  const keys = ({ rules }: Ingress) =>
    rules.flatMap(({ host, paths }) => paths.map(({ path, type }) => JSON.stringify([host, path ?? '/', type])))
  const mine = new Set(keys(own))
  return keys(readIngress(object, namespace, name, '', () => undefined)).some((key) => mine.has(key))
}

/** A parent and a match in common. */
export function sharesRule(own: HttpRoute, object: KubeObject): boolean {
  const [namespace, name] = placeOf(object)
  if (namespace === own.namespace && name === own.name) return false
  const other = readRoute(object, namespace, name, '', () => undefined)
  const parents = new Set(own.parents.map((one) => `${one.kind} ${one.namespace}/${one.name}`))
  const matches = own.rules.flatMap((rule) => rule.matches)
  return (
    other.parents.some((one) => parents.has(`${one.kind} ${one.namespace}/${one.name}`)) &&
    other.rules.some((rule) => rule.matches.some((theirs) => matches.some((mine) => areSame(mine, theirs))))
  )
}
