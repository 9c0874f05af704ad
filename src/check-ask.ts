/** What a person asked `check` for, held against what was observed. */
import { chooseService, nothingFound } from './ask.ts'
import { findEntry } from './diagnose/catalogue.ts'
import { SvcpathError, usageError } from './errors.ts'
import type { Service } from './model/cluster.ts'
import { parseLabelSelector } from './model/label-selector.ts'
import type { Observation } from './model/observation.ts'
import { allServices } from './trace/find.ts'

export interface WantedServices {
  /** Names as a person writes them; empty for all of the namespace. */
  names: readonly string[]
  selector: string | null
}

/** The services that are meant, each once. Throws where a name fits none or several, or nothing is there. `namespace` null: any. */
export function chooseServices(
  observation: Observation,
  { names, selector }: WantedServices,
  namespace: string | null,
): readonly Service[] {
  if (names.length > 0) return [...new Set(names.map((name) => chooseService(observation, name, namespace)))]
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

/** Throws where the words contradict each other, or a selector is none. */
export function checkWanted(
  { names, selector }: WantedServices,
  everywhere: boolean,
  namespace: string | null,
  recorded: boolean,
): void {
  if (selector !== null && !parseLabelSelector(selector))
    throw usageError(`-l ${selector} is no label selector`, 'such as app=web, tier!=cache or "env in (a,b)"')
  if (names.length > 0 && selector !== null) throw usageError('name services or give -l, not both')
  if (names.length === 0 && selector === null && !everywhere && namespace === null && !recorded)
    throw usageError('which services?', 'name them, or check all with -A or -n NAMESPACE, or some with -l app=web')
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
