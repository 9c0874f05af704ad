/** What a person asked `check` for, held against what was observed. */

import { findEntry } from '../diagnose/catalogue.ts'
import type { CheckedService, CheckReport } from '../model/check.ts'
import type { Service } from '../model/cluster.ts'
import { SvcpathError, usageError } from '../model/errors.ts'
import { parseLabelSelector } from '../model/label-selector.ts'
import type { Observation } from '../model/observation.ts'
import { parseQuery } from '../model/query.ts'
import { isName } from '../parse/kube/parts.ts'
import { type CheckOptions, checkServices } from '../report/check.ts'
import { checkNamespace, lookUp, nothingFound, originText } from './choose.ts'
import { allServices } from './find.ts'

export interface WantedServices {
  /** Names as a person writes them; empty for all of the namespace. */
  names: readonly string[]
  selector: string | null
}

/** Judges the services that are meant. A name that no service has is one that failed: what did not come with a deploy is no slip of the pen. */
export function checkChosen(
  observation: Observation,
  wanted: WantedServices,
  namespace: string | null,
  options: CheckOptions,
): CheckReport {
  const services = chooseServices(observation, wanted, namespace)
  const report = checkServices(observation, services, options)
  const missing = missingServices(observation, wanted, namespace)
  const notes = observation.problems.map(
    ({ file, line, message }) => `${file}${line === null ? '' : `:${line}`}: ${message}`,
  )
  const outcomes = [...missing.map(({ outcome }) => outcome), ...(services.length > 0 ? [report.outcome] : [])]
  return {
    ...report,
    outcome: (['failed', 'unknown'] as const).find((one) => outcomes.includes(one)) ?? 'passed',
    services: [...report.services, ...missing],
    ...(notes.length > 0 ? { notes } : {}),
  }
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
  const all = allServices(observation).filter((one) => !namespace || one.namespace === namespace)
  if (all.length === 0) throw nothingFound(observation, namespace)
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

/** Throws for what is no name: an address that no service has; and where a recording holds no service at all. */
function findNamed(observation: Observation, text: string, namespace: string | null): ReturnType<typeof lookUp> {
  const query = parseQuery(text)
  const found = lookUp(observation, text, namespace)
  if ('service' in found) return found
  if (query.kind !== 'name') throw new SvcpathError(`no service has ${text} in ${originText(observation)}`)
  if (found.missing.known === 0 && observation.source !== 'live') throw nothingFound(observation, null)
  return found
}

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
    unknowns: [
      {
        ...{ verdict: failed ? 'broken' : 'unknown', node: null, subject: null, message },
        evidence: failed ? [evidence] : [],
      },
    ],
  }
}

/** Throws where the words contradict each other, or a selector is none. */
export function checkWanted(
  { names, selector }: WantedServices,
  everywhere: boolean,
  namespace: string | null,
  recorded: boolean,
): void {
  if (selector !== null && !parseLabelSelector(selector))
    throw usageError(`-l ${selector} is no label selector`, 'such as app=web, tier!=cache or "env in (a,b)"')
  for (const name of names) checkName(name, namespace)
  if (names.length > 0 && selector !== null) throw usageError('name services or give -l, not both')
  if (names.length === 0 && selector === null && !everywhere && namespace === null && !recorded)
    throw usageError('which services?', 'name them, or check all with -A or -n NAMESPACE, or some with -l app=web')
}

function checkName(text: string, namespace: string | null): void {
  const query = parseQuery(text)
  if (query.kind === 'name' && ![query.name, query.namespace ?? 'default'].every(isName))
    throw usageError(
      `${JSON.stringify(text)} can be no service`,
      'give NAME, NAMESPACE/NAME, IP, IP:PORT or a node port',
    )
  checkNamespace(text, namespace)
}

/** The codes to be ignored; a name of the catalogue stands for its code. Throws for what is neither. */
export function ignoredCodes(words: readonly string[]): string[] {
  return words.flatMap((text) =>
    text.split(',').map((word) => {
      const entry = findEntry(word.trim())
      if (!entry) throw usageError(`--ignore ${word}: no such finding`, 'kubectl svcpath explain lists them all')
      return entry.code
    }),
  )
}
