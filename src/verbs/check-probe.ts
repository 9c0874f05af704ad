import type { Prober, Sight } from '../ask/source.ts'
import type { Service } from '../model/cluster.ts'
import { SvcpathError, usageError } from '../model/errors.ts'
import { judgementOf, type ProbeJudgement } from '../probe/failed.ts'
import { probeService } from './probe-service.ts'

/** Each is looked at twice, and connected to from several places: more of them take too long for a pipeline. */
const MOST_SERVICES = 20

const FEW = {
  from: [],
  allNodes: false,
  port: null,
  count: 3,
  timeoutMs: 2000,
  rate: 20,
  request: null,
  beforeTrace: null,
} as const

/** A small probe of each service, by `namespace/name`. */
export async function probeServices(
  sight: Sight & { prober: Prober },
  services: readonly Service[],
  nodes: readonly string[],
): Promise<Map<string, ProbeJudgement>> {
  // An alias leads out of the cluster.
  const probed = services.filter(({ externalName }) => !externalName)
  if (probed.length > MOST_SERVICES)
    throw usageError(
      `--probe: ${probed.length} services are too many; at most ${MOST_SERVICES} are probed in one run`,
      'name some of them',
    )
  const judged = new Map<string, ProbeJudgement>()
  for (const { namespace, name } of probed) {
    const service = `${namespace}/${name}`
    const ask = { service, namespace: null, from: null, everywhere: false, dns: false, parts: 'all' } as const
    judged.set(service, await probeService(sight, ask, { ...FEW, nodes }).then(judgementOf, unprobed))
  }
  return judged
}

/** A service that has nothing to connect to is none of a probe's business. */
function unprobed(error: unknown): ProbeJudgement {
  if (!(error instanceof SvcpathError) || error.exitCode !== 2) throw error
  const reason = { verdict: 'unknown' as const, node: null, subject: null, evidence: [] }
  return { findings: [], unknowns: [{ ...reason, message: `not probed: ${error.message}` }] }
}
