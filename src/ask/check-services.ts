/** What a person asked `check` for, held against what was observed. */

import { isName, type Service } from '../model/cluster.ts'
import { NoServiceError, SvcpathError, usageError } from '../model/errors.ts'
import { parseFrontQuery } from '../model/front/query.ts'
import { parseLabelSelector } from '../model/kube/label-selector.ts'
import type { Observation } from '../model/observation.ts'
import { parseQuery } from '../model/query.ts'
import { checkNamespace, lookUp, nothingFound, originText, servicesOf } from './choose.ts'

export interface WantedServices {
  /** Names as a person writes them; empty for all of the namespace. */
  names: readonly string[]
  selector: string | null
}

/**
 * The services that are meant, each once; without the names that no service has. Throws where a name fits several, or nothing is there.
 * `namespace` null: any.
 */
export function chooseServices(
  observation: Observation,
  { names, selector }: WantedServices,
  namespace: string | null,
): readonly Service[] {
  if (names.length > 0) {
    const found = names.map((name) => findNamed(observation, name, namespace))
    return [...new Set(found.flatMap((one) => ('service' in one ? one.service : [])))]
  }
  const all = servicesOf(observation, namespace)
  if (selector === null) return all
  const fits = parseLabelSelector(selector)!
  const chosen = all.filter(({ labels }) => fits(labels ?? {}))
  if (chosen.length > 0) return chosen
  throw new SvcpathError(
    `none of ${all.length} services${namespace ? ` of ${namespace}` : ''} has the labels ${selector}`,
    {
      hint: 'kubectl get services --show-labels',
    },
  )
}

/** The service of a name, or those of near names. Throws for what is no name: an address that no service has; and where a recording holds no service at all. */
export function findNamed(observation: Observation, text: string, namespace: string | null): ReturnType<typeof lookUp> {
  const query = parseQuery(text)
  const found = lookUp(observation, text, namespace)
  if ('service' in found) return found
  if (query.kind !== 'name') throw new NoServiceError(`no service has ${text} in ${originText(observation)}`)
  if (found.missing.known === 0 && observation.source !== 'live') throw nothingFound(observation, null)
  return found
}

/** Throws where the words contradict each other, or a selector is none. */
export function checkWanted(
  { names, selector }: WantedServices,
  everywhere: boolean,
  namespace: string | null,
  recorded: boolean,
): void {
  if (selector !== null && !parseLabelSelector(selector))
    throw usageError(`-l ${selector} is not a label selector`, 'such as app=web, tier!=cache or "env in (a,b)"')
  for (const name of names) checkName(name, namespace)
  const front = names.find((name) => parseFrontQuery(name) !== null)
  if (front !== undefined && names.length > 1)
    throw usageError(`${front} is checked by itself`, 'leave the other names out, or check it in a run of its own')
  if (names.length > 0 && selector !== null) throw usageError('name services or give -l, not both')
  if (names.length === 0 && selector === null && !everywhere && namespace === null && !recorded)
    throw usageError('which services?', 'name them, or check all with -A or -n NAMESPACE, or some with -l app=web')
}

function checkName(text: string, namespace: string | null): void {
  const query = parseQuery(text)
  if (query.kind === 'name' && ![query.name, query.namespace ?? 'default'].every(isName))
    throw usageError(
      `${JSON.stringify(text)} is not a valid Service reference`,
      'give NAME, NAMESPACE/NAME, IP, IP:PORT or a node port',
    )
  checkNamespace(text, namespace)
}
