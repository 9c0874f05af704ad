/** Which of its effects follow from a cause, where not all of a code do. */
import { joinHostPort } from '../../model/address.ts'
import type { Finding } from '../../model/finding.ts'

/** The rules that the proxy writes are out of date with it, and no others: what drops or ends in nothing may be somebody else's. */
export const ofProxy = (_: Finding, effect: Finding): boolean => effect.ofProxy === true

/** What the node itself sends goes through OUTPUT; no pod's connection does. */
export const ofPods = ({ subject }: Finding): boolean => subject !== 'OUTPUT'

export const ofPodsAndProxy = (cause: Finding, effect: Finding): boolean => ofPods(cause) && ofProxy(cause, effect)

/**
 * Is all that the effect is about among what the cause is about? To what is no endpoint there need be no route, and a connection may well be held to it;
 * a route that went with an interface led to what lies behind it.
 */
export function aboutTheSame(cause: Finding, { subject, subjects }: Finding): boolean {
  const known = new Set(cause.subjects ?? [cause.subject])
  return (subjects ?? [subject]).every((one) => known.has(one))
}

/** A next hop that is the endpoint itself: a pod that is gone answers nobody. */
export const ofThatEndpoint = (cause: Finding, { subject }: Finding): boolean =>
  (cause.subjects ?? [cause.subject]).some((one) => one.startsWith(joinHostPort(subject, 0).slice(0, -1)))

/** A next hop is asked for by the interface that is down. */
export const byThatInterface = (cause: Finding, effect: Finding): boolean => effect.byInterface === cause.subject
