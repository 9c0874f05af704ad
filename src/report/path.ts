import { checkPort, chooseService, readFrom } from '../ask/choose.ts'
import { diagnose } from '../diagnose/diagnose.ts'
import { softened } from '../diagnose/drift.ts'
import { withToldReasons } from '../diagnose/explained-reasons.ts'
import { isPort } from '../model/cluster.ts'
import type { Observation } from '../model/observation.ts'
import { parseQuery } from '../model/query.ts'
import type { PathReport } from '../model/report.ts'
import { traceService } from '../trace/trace.ts'

/** Whose way is asked for, as a person writes it. */
export interface PathQuestion {
  service: string
  /** Null: any. */
  namespace: string | null
  /** `--port`; null: all, or the one of the address that is the service. */
  port: string | null
  /** `--from`; null: the usual clients. */
  from: string | null
  /** Only these nodes; empty for all. */
  nodes: readonly string[]
}

/** The way of the one service that is meant, with its findings. Throws where none or several are, or it has no such port or client. */
export function pathReport(observation: Observation, question: PathQuestion): PathReport {
  const { service: text, namespace, nodes } = question
  const query = parseQuery(text)
  const service = chooseService(observation, text, namespace)
  const typed = query.kind === 'nodePort' ? null : (query.port ?? null)
  // A pod's address has a port of the pod's own.
  const own = typed !== null && service.ports.some((one) => isPort(one, String(typed))) ? String(typed) : null
  const port = question.port ?? own
  checkPort(
    service,
    question.port ?? ((query.kind === 'name' || query.kind === 'workload') && query.port ? query.port : null),
  )
  const from = question.from === null ? null : readFrom(observation, question.from, service.namespace)
  return diagnose(observation, service, traceService(observation, service, { from, nodes, port }))
}

/** The same, where the last of several looks alone showed `passing`. */
export const whilePassing = (report: PathReport, passing: ReadonlySet<string>): PathReport =>
  withToldReasons({ ...report, findings: softened(report.findings, passing) })
