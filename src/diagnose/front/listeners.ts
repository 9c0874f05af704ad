import { type GatewayCase, isCurrent } from '../../front/attach.ts'
import type { FrontCase } from '../../front/case.ts'
import type { Condition, Listener } from '../../model/front/objects.ts'

/** A listener by which requests come in, with what its controller says of it. */
export interface ListenerInUse {
  at: GatewayCase
  listener: Listener
  conditions: Condition[]
  /** Its controller says of the current version that all it refers to is there and allowed. */
  saysResolved: boolean
}

/** All listeners of a Gateway that was asked for; of a route those that take it, or may. */
export function listenersInUse({ subject, gateways, routes }: FrontCase): ListenerInUse[] {
  const used = new Set(
    routes.flatMap(({ parents }) =>
      parents.flatMap(({ at, listeners }) =>
        listeners.filter(({ fit }) => fit !== 'no').map(({ listener }) => keyOf(at!, listener)),
      ),
    ),
  )
  return gateways.flatMap((at) =>
    (at.gateway?.listeners ?? [])
      .filter((listener) => subject.kind === 'Gateway' || used.has(keyOf(at, listener)))
      .map((listener) => {
        const conditions = at.gateway!.listenerStatus.find(({ name }) => name === listener.name)?.conditions ?? []
        const saysResolved = conditions.some(
          (one) => one.type === 'ResolvedRefs' && one.status === 'True' && isCurrent(one, at.gateway!.generation),
        )
        return { at, listener, conditions, saysResolved }
      }),
  )
}

const keyOf = ({ namespace, name }: GatewayCase, listener: Listener): string => `${namespace}/${name} ${listener.name}`
