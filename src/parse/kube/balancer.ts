import type { Service } from '../../model/cluster.ts'
import type { Fields, Note } from './fields.ts'
import { portIn, textMapIn } from './fields.ts'

/** Clouds are asked by annotations for what their load balancers do. Each has its own, and every key says what it is for. */
const ABOUT_BALANCER = /load-?balancer/
const PROXY_PROTOCOL = /proxy-?protocol/
/** A certificate, or the ports that one is for; not what lets TLS through to the pods. */
const TLS = /cert|(ssl|tls)-(ports|secret|container)/
/** Values that ask for nothing. */
const OFF = /^(|false|no|off|none|disabled)$/i

/** MetalLB sets it when it gives an address. It was renamed in 0.15. */
export const POOL_ANNOTATIONS = ['metallb.io/ip-allocated-from-pool', 'metallb.universe.tf/ip-allocated-from-pool']

/** What a Service says of its load balancer. */
export function balancerOf(
  spec: Fields,
  metadata: Fields,
  note: Note,
): Pick<Service, 'healthCheckNodePort' | 'balancerDoes' | 'addressPool'> {
  const port = spec.healthCheckNodePort === 0 ? null : portIn(spec, 'healthCheckNodePort', note)
  // What is odd about them is noted where the topology is read.
  const annotations = textMapIn(metadata, 'annotations', () => undefined)
  const pool = POOL_ANNOTATIONS.flatMap((key) => annotations[key] || []).at(0)
  const does = Object.entries(annotations).flatMap(([annotation, value]) => {
    const what = OFF.test(value) ? null : askedBy(annotation)
    return what ? [{ what, annotation }] : []
  })
  return {
    ...(port === null ? {} : { healthCheckNodePort: port }),
    ...(does.length > 0 ? { balancerDoes: does } : {}),
    ...(pool === undefined ? {} : { addressPool: pool }),
  }
}

/** What the annotation of this key asks a load balancer for; null for any other. */
export function askedBy(annotation: string): 'PROXY protocol' | 'TLS' | null {
  if (!ABOUT_BALANCER.test(annotation)) return null
  if (PROXY_PROTOCOL.test(annotation)) return 'PROXY protocol'
  return TLS.test(annotation) ? 'TLS' : null
}
