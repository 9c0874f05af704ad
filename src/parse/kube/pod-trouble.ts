import type { Fields, Note } from './fields.ts'
import { fieldsIn, objectsIn, textIn } from './fields.ts'

/**
 * Why a pod is not ready, in the words of its status; null where that tells nothing. The messages of containers are left out: they may hold the last lines that a
 * program logged.
 */
export function troubleOf(spec: Fields, status: Fields, note: Note): string | null {
  const reason = textIn(status, 'reason', note)
  if (reason !== null) return reason
  const conditions = objectsIn(status, 'conditions', note).filter((one) => one.status === 'False')
  const unscheduled = conditions.find(({ type }) => type === 'PodScheduled')
  if (unscheduled) return notScheduled(unscheduled, note)
  for (const [list, kind] of [
    ['initContainerStatuses', 'init container'],
    ['containerStatuses', 'container'],
  ] as const) {
    const container = objectsIn(status, list, note).find((one) =>
      isTroubled(one, list === 'initContainerStatuses', note),
    )
    if (container) return containerTrouble(container, kind, spec, note)
  }
  // A readiness gate is a condition of its own, which somebody outside sets (KEP-580).
  const gates = objectsIn(spec, 'readinessGates', note).flatMap((gate) => textIn(gate, 'conditionType', note) ?? [])
  const met = objectsIn(status, 'conditions', note).flatMap(({ type, status: one }) => (one === 'True' ? [type] : []))
  const unmet = gates.find((gate) => !met.includes(gate))
  if (unmet) return `its readiness gate ${unmet} is not met`
  const told = conditions.find(({ type }) => type === 'Ready')
  return (told && textIn(told, 'reason', note)) ?? null
}

/** The scheduler's own words tell what is lacking: `0/3 nodes are available: 3 Insufficient cpu`. */
function notScheduled(condition: Fields, note: Note): string {
  const [reason, message] = ['reason', 'message'].map((key) => textIn(condition, key, note))
  const [said] = (message ?? reason ?? '').split(/\. |\.?\n|\.$/)
  return said ? `not scheduled: ${said.slice(0, LONGEST)}` : 'not scheduled'
}

const LONGEST = 200

/** An init container is ready once it has ended well; what runs before it is done holds up all others. */
function isTroubled(container: Fields, isInit: boolean, note: Note): boolean {
  if (container.ready === true) return false
  const { waiting, terminated, running } = fieldsIn(container, 'state', note)
  // Of several init containers those behind the one that runs wait, too, for no fault of their own.
  return !isInit || running !== undefined || terminated !== undefined || isReason(waiting)
}

const isReason = (waiting: unknown): boolean =>
  (waiting as { reason?: unknown } | undefined)?.reason !== 'PodInitializing'

function containerTrouble(container: Fields, kind: string, spec: Fields, note: Note): string {
  const name = textIn(container, 'name', note) ?? '?'
  const state = fieldsIn(container, 'state', note)
  const [waiting, terminated] = [fieldsIn(state, 'waiting', note), fieldsIn(state, 'terminated', note)]
  const words = `${kind} ${name}`
  const waits = textIn(waiting, 'reason', note)
  if (waits !== null) {
    const last = fieldsIn(fieldsIn(container, 'lastState', note), 'terminated', note)
    const ended = waits === 'CrashLoopBackOff' ? textIn(last, 'reason', note) : null
    return `${words} waits: ${waits}${ended === null ? '' : `, it ended last with ${ended}${exitOf(last)}`}`
  }
  const ended = textIn(terminated, 'reason', note)
  if (ended !== null) return `${words} has ended: ${ended}${exitOf(terminated)}`
  const probe = probeOf(spec, name, note)
  if (container.started === false) return `${words} has not passed its startup probe`
  return probe === null ? `${words} is not ready` : `${words} does not pass its readiness probe (${probe})`
}

const exitOf = ({ exitCode }: Fields): string => (typeof exitCode === 'number' ? ` (exit code ${exitCode})` : '')

/** `GET :8080/healthz`; null where the container has no probe. */
function probeOf(spec: Fields, name: string, note: Note): string | null {
  const all = [...objectsIn(spec, 'containers', note), ...objectsIn(spec, 'initContainers', note)]
  const probe = fieldsIn(all.find((one) => one.name === name) ?? {}, 'readinessProbe', note)
  const [http, tcp, grpc] = ['httpGet', 'tcpSocket', 'grpc'].map((key) => fieldsIn(probe, key, note))
  const at = ({ port }: Fields) => (typeof port === 'number' || typeof port === 'string' ? `:${port}` : '')
  if ('httpGet' in probe) {
    const scheme = textIn(http!, 'scheme', note) === 'HTTPS' ? 'HTTPS ' : ''
    return `${scheme}GET ${at(http!)}${textIn(http!, 'path', note) ?? '/'}`
  }
  if ('tcpSocket' in probe) return `TCP ${at(tcp!)}`
  if ('grpc' in probe) return `gRPC ${at(grpc!)}`
  return 'exec' in probe ? 'a command' : null
}
