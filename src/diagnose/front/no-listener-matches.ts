import type { ParentCase } from '../../front/attach.ts'
import type { RouteCase } from '../../front/case.ts'
import { evidence, type FrontAnalyzer, type FrontDraft, getCommand } from './analyzer.ts'
import { routeConditions } from './conditions.ts'

/** A route that no listener of the Gateway takes. */
export const noListenerMatches: FrontAnalyzer = {
  code: 'SVP906',
  find: ({ routes }) => routes.flatMap((one) => one.parents.filter(isUnmatched).map((parent) => draftOf(one, parent))),
}

/** What the controller accepted comes in, whatever the listeners seem to say. */
export const isUnmatched = ({ at, fits, leads }: ParentCase): boolean => at !== null && fits === 'no' && leads !== 'yes'

function draftOf(seen: RouteCase, { at, ref, listeners }: ParentCase): FrontDraft {
  const { route } = seen
  const [gateway, place] = [`Gateway ${ref.namespace}/${ref.name}`, `HTTPRoute ${route.namespace}/${route.name}`]
  const why = listeners.map(({ listener, why }) => `${listener.name}: ${why}`)
  const command = getCommand('Gateway', ref)
  const isThere = at?.gateway !== null
  return {
    subject: `${ref.namespace}/${ref.name}${ref.section === null ? '' : `/${ref.section}`}`,
    message: isThere
      ? `no listener of ${gateway} takes ${place} (${why.slice(0, 3).join('; ') || 'it has none'}${why.length > 3 ? `; and ${why.length - 3} more` : ''}): its requests get status 404`
      : `${place} names ${gateway}, which does not exist: its requests get no answer`,
    evidence: [
      ...(isThere ? why.map((text) => evidence(command, text)) : [evidence(command, 'no such gateway')]),
      ...routeConditions(seen, ({ type, status }) => type === 'Accepted' && status === 'False'),
    ],
    fix: isThere
      ? `${command}  # make a listener fit: hostname, sectionName, port, allowedRoutes`
      : `kubectl get gateways -A  # name one of them in spec.parentRefs of ${place}`,
  }
}
