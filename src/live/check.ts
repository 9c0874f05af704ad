import { checkChosen, chooseServices, missingServices, type WantedServices } from '../ask/check-services.ts'
import type { CheckReport } from '../model/check.ts'
import { NoServiceError } from '../model/errors.ts'
import type { CollectRequest } from '../model/request.ts'
import type { CheckOptions } from '../report/check.ts'
import { waitForNodes } from './converge.ts'
import { type LiveAsk, type LiveOptions, withCluster } from './look.ts'
import { settled } from './second-look.ts'

export interface CheckAsk {
  wanted: WantedServices
  namespace: string | null
  everywhere: boolean
  /** How long nodes are given to follow before they are judged; null: not at all. */
  waitMs: number | null
  dns: boolean
}

/** Judges services of a cluster. Where rules and API differ the nodes are looked at again, since they follow within a second or so. */
export function checkLive(live: LiveOptions, ask: CheckAsk, options: CheckOptions): Promise<CheckReport> {
  return withCluster(live, async (cluster) => {
    let listed = false
    const look = async (parts: CollectRequest['parts']) => {
      const seen = await cluster.look(lookAsk(ask, parts, listed)).catch((error: unknown) => {
        // One name alone is read by itself. Where it is not there, it is judged as one of several would be: all are listed.
        if (listed || !(error instanceof NoServiceError)) throw error
        listed = true
        return cluster.look(lookAsk(ask, parts, listed)).catch(() => Promise.reject(error))
      })
      const { observation } = seen
      const namespace = meantNamespace(ask, seen.namespace)
      const missing = missingServices(observation, ask.wanted, namespace).map((one) => one.name)
      return { observation, namespace, services: chooseServices(observation, ask.wanted, namespace), missing }
    }
    if (ask.waitMs !== null) {
      const behind = await waitForNodes(cluster, ask.waitMs, options.nodes, () => look('rules'))
      if (behind.length > 0) cluster.progress.warn(`after ${ask.waitMs / 1000} s not converged: ${behind.join(', ')}`)
    }
    const { result, passing } = await settled(cluster, async () => {
      const { observation, namespace } = await look('all')
      const judge = (seen: CheckOptions) => checkChosen(observation, ask.wanted, namespace, seen)
      const report = judge(options)
      return { result: { report, judge }, findings: report.services.flatMap(({ findings }) => findings) }
    })
    return passing.size === 0 ? result.report : result.judge({ ...options, passing })
  })
}

/** The namespace that names without one are of, where the context's is `own`; null: any. */
const meantNamespace = (
  { namespace, everywhere }: Pick<CheckAsk, 'namespace' | 'everywhere'>,
  own: string | null,
): string | null => (everywhere ? null : (namespace ?? own))

function lookAsk(
  { wanted, namespace, everywhere, dns }: CheckAsk,
  parts: CollectRequest['parts'],
  listed: boolean,
): LiveAsk {
  const [name, ...others] = wanted.names
  const common = { namespace, from: null, everywhere, dns: dns && parts === 'all' && name !== undefined, parts }
  if (name !== undefined && others.length === 0 && !listed) return { service: name, ...common }
  if (name === undefined && wanted.selector === null) return { service: null, ...common }
  const elsewhere = wanted.names.some((one) => one.includes('/'))
  const choose: LiveAsk['choose'] = (observation, where) =>
    chooseServices(observation, wanted, meantNamespace({ namespace, everywhere }, where))
  return { service: null, choose, ...common, everywhere: everywhere || elsewhere }
}
