import type { Service } from '../../../model/cluster.ts'
import type { HealthCheck } from '../../../model/node.ts'
import { type Analyzer, type Case, ofNodes, plural, walkedNodes } from '../../case.ts'
import { onNode, readProxyLog } from '../../fix.ts'

/** Health-check node ports that say otherwise than the slices whether load balancers may send connections to a node. */
export const healthCheckNodePortDead: Analyzer = {
  code: 'SVP321',
  beyond: true,
  // What was recorded elsewhere seldom holds it.
  needs: (seen) =>
    seen.observation.source === 'live' && portOf(seen.service) !== null
      ? ofNodes(seen, 'the answers at the health-check node port', ({ healthChecks }) =>
          isUnknown(healthChecks?.find(({ port }) => port === portOf(seen.service))),
        )
      : [],
  find(seen) {
    const port = portOf(seen.service)
    if (port === null || seen.endpoints === null) return []
    return walkedNodes(seen).flatMap(({ path: { name }, state: { healthChecks } }) => {
      const check = healthChecks?.find((one) => one.port === port)
      const wrong = check ? wrongOf(seen, name, check) : null
      if (!check || wrong === null) return []
      return [
        {
          node: name,
          subject: `health-check node port ${port}`,
          ...(isAskedByNobody(seen) ? { severity: 'warning' as const } : {}),
          message: `the health-check node port ${port} of ${name} ${wrong.says}: load balancers that ask it ${wrong.effect}`,
          evidence: [
            {
              node: name,
              command: check.asked === null ? 'cat /proc/net/tcp /proc/net/tcp6' : `curl ${check.asked}:${port}`,
              file: `nodes/${name}/health-checks.txt`,
              line: null,
              text: textOf(check),
            },
          ],
          fix: `${readProxyLog(seen, name)}; ${onNode(name, `ss -ltnp "sport = :${port}"`, 'shows which program listens there; it should be the one that serves Services')}`,
          hits: [],
        },
      ]
    })
  },
}

/** The API gives one to load balancers with this policy alone. */
const portOf = ({ type, externalTrafficPolicy, healthCheckNodePort }: Service): number | null =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local' ? (healthCheckNodePort ?? null) : null

const isUnknown = (check: HealthCheck | undefined): boolean =>
  !check || (check.listens !== false && check.answer === null)

/** MetalLB reads the slices by itself. */
const isAskedByNobody = ({ service, observation: { cluster } }: Case): boolean =>
  service.addressPool !== undefined ||
  (cluster.metalLB.announcers ?? []).some((one) => one.service === service.name && one.namespace === service.namespace)

/** What it says, and what comes of that; null where it is right. A node without endpoints is left out either way. */
function wrongOf(seen: Case, node: string, { listens, answer }: HealthCheck): { says: string; effect: string } | null {
  const { namespace, name } = seen.service
  const ready = new Set(seen.endpoints!.flatMap((one) => (one.ready && one.node === node ? one.address : []))).size
  const left = `send nothing to ${node}, which has ${plural(ready, 'ready endpoint')}`
  const wrong = (says: string, effect = left) => ({ says, effect })
  if (typeof answer === 'object' && answer !== null) {
    const isOther = answer.namespace !== namespace || answer.name !== name
    if (isOther) return wrong(`answers for ${answer.namespace}/${answer.name}`, 'see the endpoints of that service')
    if (ready === 0)
      return answer.localEndpoints > 0 && answer.healthy
        ? wrong(
            `says that it has ${plural(answer.localEndpoints, 'local endpoint')}, and it has none`,
            `send connections to ${node}, where they are dropped`,
          )
        : null
    if (answer.localEndpoints === 0) return wrong('says that it has no local endpoint')
    return answer.healthy ? null : wrong('says that the service proxy is not healthy')
  }
  if (ready === 0) return null
  if (listens === false) return wrong('is closed')
  if (answer === 'unavailable') return wrong('answers 503')
  return answer === 'other'
    ? wrong('is answered by some other program', `may leave out ${node}, which has ${plural(ready, 'ready endpoint')}`)
    : null
}

function textOf({ port, listens, answer }: HealthCheck): string {
  if (answer === 'other') return 'an answer without localEndpoints'
  if (answer === 'unavailable') return '503'
  if (answer === null) return listens === false ? `nothing listens at port ${port}` : 'no answer'
  const { namespace, name, localEndpoints, healthy } = answer
  return `${namespace}/${name}, localEndpoints ${localEndpoints}, serviceProxyHealthy ${healthy}`
}
