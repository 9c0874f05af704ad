import { findNamed, type WantedServices } from '../ask/check-services.ts'
import { originText } from '../ask/choose.ts'
import type { CheckedService } from '../model/check.ts'
import type { Observation } from '../model/observation.ts'
import { parseQuery } from '../model/query.ts'

/** The names that no service has, as services that failed; or as unknown ones, where they may be all the same. */
export function missingServices(
  observation: Observation,
  { names }: WantedServices,
  namespace: string | null,
): CheckedService[] {
  return [...new Set(names)].flatMap((text) => {
    const found = findNamed(observation, text, namespace)
    const query = parseQuery(text)
    if ('service' in found || query.kind !== 'name') return []
    return missingService(observation, { ...query, namespace: query.namespace ?? namespace }, found.missing.near)
  })
}

/** What is not in a text that somebody pasted, or in a capture without its services, may be in the cluster all the same. */
function missingService(
  observation: Observation,
  { namespace, name }: { namespace: string | null; name: string },
  near: readonly string[],
): CheckedService {
  const { source } = observation
  const who = source === 'live' ? 'the API' : originText(observation)
  const hint = near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''
  const message = `${who} has no service of this name${hint}`
  const command = `kubectl get service ${name}${namespace ? ` -n ${namespace}` : ' -A'}`
  const evidence = { node: null, command, file: 'api/services.json', line: null, text: 'no such service' }
  const failed = source !== 'rules' && observation.cluster.services !== null
  return {
    namespace: namespace ?? '?',
    name,
    type: '?',
    outcome: failed ? 'failed' : 'unknown',
    verdict: failed ? 'broken' : 'unknown',
    ...{ ready: failed ? 0 : null, endpoints: 0, converged: 0, nodes: 0, findings: [] },
    missing: true,
    unknowns: [
      {
        ...{ verdict: failed ? 'broken' : 'unknown', node: null, subject: null, message },
        evidence: failed ? [evidence] : [],
      },
    ],
  }
}
