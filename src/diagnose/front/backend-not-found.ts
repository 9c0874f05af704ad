import type { FrontCase, RuleCase } from '../../front/case.ts'
import { portList, type TargetCase } from '../../front/targets.ts'
import { ruleText } from '../../front/words.ts'
import { editDistance } from '../../model/query.ts'
import { sh } from '../../model/shell.ts'
import { evidence, type FrontAnalyzer, type FrontDraft, getCommand } from './analyzer.ts'
import { ownerOf, resolvedCondition } from './conditions.ts'

/** A rule names a Service or a port that is not there. */
export const backendNotFound: FrontAnalyzer = {
  code: 'SVP901',
  find: (seen) => seen.rules.flatMap((rule) => rule.targets.flatMap((one) => draftOf(seen, rule, one) ?? [])),
}

function draftOf(seen: FrontCase, rule: RuleCase, target: TargetCase): FrontDraft | null {
  const { ref, state, share, mirror, meant, reason, service } = target
  const missing = state === 'noService' || state === 'noPort'
  if (!missing && meant === null) return null
  const owner = ownerOf(seen, rule)
  const place = `${ref.namespace}/${ref.name}`
  const isUsed = share > 0 || mirror
  const part = share > 0 && share < 1 ? `${Math.round(share * 100)} % of its requests` : 'its requests'
  const lost = mirror
    ? 'the copies of its requests are lost'
    : isUsed
      ? `${part} fail`
      : 'no request goes there now (weight 0)'
  const severity = !isUsed ? ('info' as const) : mirror || !missing ? ('warning' as const) : null
  const what =
    state === 'noService'
      ? `the Service ${place}, which does not exist`
      : missing && service
        ? `port ${ref.port ?? '(none)'} of ${place}, which has only ${portList(service)}`
        : `port ${ref.port} of ${place}, but ${reason}`
  return {
    subject: ref.port === null ? place : `${place}:${ref.port}`,
    message: `${ruleText(rule)} leads to ${what}${missing ? `: ${lost}` : ''}`,
    ...(severity ? { severity } : {}),
    evidence: [
      evidence(getCommand(owner.kind, owner), `backend ${place}, port ${ref.port ?? 'none'}`),
      service
        ? evidence(
            getCommand('service', ref),
            `ports: ${service.ports.map(({ name, port, targetPort }) => `${name} ${port} → ${targetPort}`.trim()).join(', ')}`,
          )
        : evidence(getCommand('service', ref), 'no such service'),
      ...resolvedCondition(rule),
    ],
    fix: service
      ? sh`kubectl edit ${owner.kind.toLowerCase()} ${owner.name} -n ${owner.namespace}` + portHint(target)
      : sh`kubectl get services -n ${ref.namespace}` + nearHint(seen, target, owner),
  }
}

function portHint({ service, meant }: TargetCase): string {
  const [first, ...others] = service?.ports ?? []
  const named = (port: typeof first) => (port?.name ? `${port.port} or its name ${port.name}` : String(port?.port))
  if (meant) return `  # name the port ${named(meant)}`
  return first && others.length === 0
    ? `  # its only port is ${named(first)}`
    : '  # name one of the ports of the Service'
}

function nearHint(
  { observation }: FrontCase,
  { ref }: TargetCase,
  { kind, name }: { kind: string; name: string },
): string {
  const near = (observation.cluster.services ?? []).find(
    (one) => one.namespace === ref.namespace && editDistance(one.name, ref.name) <= 2,
  )
  const elsewhere = (observation.cluster.services ?? []).find((one) => one.name === ref.name)
  if (near) return `  # did you mean ${near.name}? Correct it in ${kind} ${name}, or create the Service`
  return elsewhere
    ? `  # ${ref.name} is in the namespace ${elsewhere.namespace}`
    : `  # name one of these in ${kind} ${name}, or create the Service`
}
