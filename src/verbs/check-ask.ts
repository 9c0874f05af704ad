import { chooseServices, type WantedServices } from '../ask/check-services.ts'
import type { Ask } from '../ask/source.ts'
import type { CollectRequest } from '../model/request.ts'

/** The words of `check` that say which services are meant. */
interface AskedWords {
  wanted: WantedServices
  namespace: string | null
  everywhere: boolean
  dns: boolean
}

/** The namespace that names without one are of, where the context's is `own`; null: any. */
export const meantNamespace = (
  { namespace, everywhere }: Pick<AskedWords, 'namespace' | 'everywhere'>,
  own: string | null,
): string | null => (everywhere ? null : (namespace ?? own))

/** What has to be read to judge the services that are meant. `listed`: all of them, although one alone is named. */
export function askOf(
  { wanted, namespace, everywhere, dns }: AskedWords,
  parts: CollectRequest['parts'],
  listed: boolean,
): Ask {
  const [name, ...others] = wanted.names
  const common = { namespace, from: null, everywhere, dns: dns && parts === 'all' && name !== undefined, parts }
  if (name !== undefined && others.length === 0 && !listed) return { service: name, ...common }
  if (name === undefined && wanted.selector === null) return { service: null, ...common }
  const elsewhere = wanted.names.some((one) => one.includes('/'))
  const choose: Ask['choose'] = (observation, where) =>
    chooseServices(observation, wanted, meantNamespace({ namespace, everywhere }, where))
  return { service: null, choose, ...common, everywhere: everywhere || elsewhere }
}
