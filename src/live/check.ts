import { chooseServices, type WantedServices } from '../check-ask.ts'
import type { CollectRequest } from '../collect/request.ts'
import { type CheckOptions, checkServices } from '../diagnose/check.ts'
import type { CheckReport } from '../model/check.ts'
import { waitForNodes } from './converge.ts'
import { type LiveAsk, type LiveOptions, withCluster } from './look.ts'
import { settled } from './settle.ts'

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
    const look = async (parts: CollectRequest['parts']) => {
      const { observation, namespace } = await cluster.look(lookAsk(ask, parts))
      return { observation, services: chooseServices(observation, ask.wanted, namespace) }
    }
    if (ask.waitMs !== null) {
      const behind = await waitForNodes(cluster, ask.waitMs, options.nodes, () => look('rules'))
      if (behind.length > 0) cluster.progress.warn(`after ${ask.waitMs / 1000} s not converged: ${behind.join(', ')}`)
    }
    const { result, passing } = await settled(cluster, async () => {
      const { observation, services } = await look('all')
      const judge = (seen: CheckOptions) => checkServices(observation, services, seen)
      const report = judge(options)
      return { result: { report, judge }, findings: report.services.flatMap(({ findings }) => findings) }
    })
    return passing.size === 0 ? result.report : result.judge({ ...options, passing })
  })
}

function lookAsk({ wanted, namespace, everywhere, dns }: CheckAsk, parts: CollectRequest['parts']): LiveAsk {
  const [name, ...others] = wanted.names
  const common = { namespace, from: null, everywhere, dns: dns && parts === 'all' && name !== undefined, parts }
  if (name !== undefined && others.length === 0) return { service: name, ...common }
  if (name === undefined && wanted.selector === null) return { service: null, ...common }
  const elsewhere = wanted.names.some((one) => one.includes('/'))
  const choose: LiveAsk['choose'] = (observation, where) => chooseServices(observation, wanted, where)
  return { service: null, choose, ...common, everywhere: everywhere || elsewhere }
}
