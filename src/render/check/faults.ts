import type { CheckedService } from '../../model/check.ts'
import type { Finding, Severity } from '../../model/finding.ts'
import { alike } from '../findings.ts'

/** One thing that is wrong, and the services that it was found on. */
export interface Fault {
  findings: Finding[]
  services: string[]
}

const LEVELS: readonly Severity[] = ['error', 'warning', 'info']

/**
 * What is wrong with the services, each fault once: what a node does wrong it does to many of them. The worst first, and of these what hits most.
 * Findings without a node are of their service, and one fault only where they say the same.
 */
export function faultsOf(services: readonly CheckedService[]): Fault[] {
  const told = services.flatMap(({ namespace, name, findings }) =>
    alike(findings).map((group) => ({ service: `${namespace}/${name}`, group })),
  )
  const key = ({ group }: { group: Finding[] }) => {
    const { code, severity, node, message } = group[0]!
    return JSON.stringify(node === null ? [code, severity, message] : [code, group.map((one) => one.node)])
  }
  // What a node does may be worse for one service than for another: the worst is told, and stands first.
  const worstFirst = told.toSorted((a, b) => levelOf(a.group[0]!) - levelOf(b.group[0]!))
  const faults = [...Map.groupBy(worstFirst, key).values()].map((all) => ({
    findings: all.flatMap(({ group }) => group),
    services: [...new Set(all.map(({ service }) => service))],
  }))
  return faults.sort(
    (a, b) => levelOf(a.findings[0]!) - levelOf(b.findings[0]!) || b.services.length - a.services.length,
  )
}

const levelOf = ({ severity }: Finding): number => LEVELS.indexOf(severity)
