import type { CheckedService } from '../../model/check.ts'
import { bySeverity, type Finding } from '../../model/finding.ts'
import type { Reason } from '../../model/report.ts'
import { alike } from '../findings.ts'
import { unknownText } from './words.ts'

/** One thing that is wrong, and the services that it was found on. */
export interface Fault {
  findings: Finding[]
  services: string[]
}

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
  const worstFirst = told.toSorted((a, b) => bySeverity(a.group[0]!, b.group[0]!))
  const faults = [...Map.groupBy(worstFirst, key).values()].map((all) => ({
    findings: all.flatMap(({ group }) => group),
    services: [...new Set(all.map(({ service }) => service))],
  }))
  return faults.sort((a, b) => bySeverity(a.findings[0]!, b.findings[0]!) || b.services.length - a.services.length)
}

/** What is wrong or not known and in no finding, or the part of it that is wanted: each once, with the services that it concerns. */
export function reasonsOf(
  services: readonly CheckedService[],
  isWanted: (reason: Reason) => boolean = () => true,
): { reason: Reason; text: string; services: string[] }[] {
  const told = services.flatMap(({ namespace, name, unknowns }) =>
    unknowns.filter(isWanted).map((reason) => ({ reason, text: unknownText(reason), service: `${namespace}/${name}` })),
  )
  return [...Map.groupBy(told, ({ text }) => text)].map(([text, all]) => ({
    ...{ reason: all[0]!.reason, text },
    services: [...new Set(all.map(({ service }) => service))],
  }))
}
