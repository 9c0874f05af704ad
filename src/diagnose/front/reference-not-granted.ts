import type { FrontCase, RuleCase } from '../../front/case.ts'
import { isGranted } from '../../front/known.ts'
import { ruleText } from '../../front/words.ts'
import { GATEWAY_GROUP } from '../../model/front/objects.ts'
import { sh } from '../../model/shell.ts'
import { evidence, type FrontAnalyzer, type FrontDraft, getCommand } from './analyzer.ts'
import { ownerOf, resolvedCondition, saysResolved } from './conditions.ts'
import { listenersInUse } from './listeners.ts'

/** A reference into another namespace that nobody there allows. */
export const referenceNotGranted: FrontAnalyzer = {
  code: 'SVP903',
  find: (seen) => [...seen.rules.flatMap((rule) => ofRule(seen, rule)), ...ofListeners(seen)],
}

const ofRule = (seen: FrontCase, rule: RuleCase): FrontDraft[] =>
  rule.targets
    .filter(({ state }) => state === 'notGranted' && !(rule.route && saysResolved(rule.route)))
    .map(({ ref, share, mirror }) => {
      const owner = ownerOf(seen, rule)
      const part =
        share > 0 && share < 1 ? `${Math.round(share * 100)} % of these requests get status 500` : 'they get status 500'
      const effect = mirror ? 'the copies are not sent' : share > 0 ? part : 'no request goes there now (weight 0)'
      return {
        subject: `${ref.namespace}/${ref.name}`,
        message: `${ruleText(rule)} leads to ${ref.kind} ${ref.namespace}/${ref.name} of another namespace, and no ReferenceGrant allows it: ${effect}`,
        ...(mirror ? { severity: 'warning' as const } : share === 0 ? { severity: 'info' as const } : {}),
        evidence: [
          evidence(getCommand(owner.kind, owner), `backend ${ref.namespace}/${ref.name}`),
          evidence(
            sh`kubectl get referencegrants -n ${ref.namespace} -o yaml`,
            `none is from ${owner.kind} in ${owner.namespace} to Service ${ref.name}`,
          ),
          ...resolvedCondition(rule),
        ],
        fix:
          sh`kubectl get referencegrants -n ${ref.namespace} -o yaml` +
          `  # create one in ${ref.namespace}: from group ${GATEWAY_GROUP}, kind ${owner.kind}, namespace ${owner.namespace}; to group "", kind Service, name ${ref.name}`,
      }
    })

const ofListeners = (seen: FrontCase): FrontDraft[] =>
  listenersInUse(seen).flatMap(({ at, listener, saysResolved: resolved }) =>
    listener.certificates.flatMap((ref) => {
      const from = { group: GATEWAY_GROUP, kind: 'Gateway', namespace: at.namespace }
      if (resolved || isGranted(seen.front, from, ref) !== false) return []
      return {
        subject: `${ref.namespace}/${ref.name}`,
        message: `listener ${listener.name} of Gateway ${at.namespace}/${at.name} uses the ${ref.kind} ${ref.namespace}/${ref.name} of another namespace, and no ReferenceGrant allows it: it has no certificate`,
        evidence: [
          evidence(
            sh`kubectl get referencegrants -n ${ref.namespace} -o yaml`,
            `none is from Gateway in ${at.namespace} to ${ref.kind} ${ref.name}`,
          ),
        ],
        fix:
          sh`kubectl get referencegrants -n ${ref.namespace} -o yaml` +
          `  # create one in ${ref.namespace}: from group ${GATEWAY_GROUP}, kind Gateway, namespace ${at.namespace}; to group "", kind ${ref.kind}, name ${ref.name}`,
      }
    }),
  )
