import type { CheckedService } from '../../model/check.ts'
import { bySeverity, type Finding } from '../../model/finding.ts'
import type { Reason } from '../../model/report.ts'
import { unnamed } from '../../model/sentence.ts'
import type { Shared } from '../findings.ts'
import { unknownText } from './words.ts'

/** A finding, and the service that it was found on. */
interface Told {
  service: string
  finding: Finding
}

/** One sentence of one level, and every service and node of which exactly this is true. */
export interface Fault {
  all: Told[]
  findings: Finding[]
  services: string[]
}

/** The same code and level on the same nodes: what a node does wrong it does to many services, and not of all is the same true. */
export interface Cause {
  faults: Fault[]
  services: string[]
}

/**
 * What is wrong with the services: what is said of several is one fault, as it is where several nodes do it to the same services. The worst first, and of
 * these what hits most.
 */
export function faultsOf(services: readonly CheckedService[]): Fault[] {
  const told = services.flatMap(({ namespace, name, findings }) =>
    findings.map((finding): Told => ({ service: `${namespace}/${name}`, finding })),
  )
  const sentences = Map.groupBy(told, ({ finding: { code, severity, node, message } }) =>
    JSON.stringify([code, severity, node, message]),
  )
  const faults = Map.groupBy(sentences.values(), (all) => {
    const { code, severity, node, message } = all[0]!.finding
    return JSON.stringify([code, severity, unnamed(message, node), node === null, servicesIn(all)])
  })
  return [...faults.values()]
    .map((groups): Fault => {
      const all = groups.flat()
      return { all, findings: all.map(({ finding }) => finding), services: servicesIn(all) }
    })
    .sort((a, b) => bySeverity(a.findings[0]!, b.findings[0]!) || b.services.length - a.services.length)
}

/** Faults of one code, level and set of nodes together. Those without a node are their services' own. */
export function causesOf(faults: readonly Fault[]): Cause[] {
  const groups = Map.groupBy(faults, ({ findings }) => {
    const { code, severity, node, message } = findings[0]!
    return JSON.stringify([code, severity, node === null ? message : [...new Set(findings.map((one) => one.node))]])
  })
  return [...groups.values()].map((some) => ({
    faults: some,
    services: [...new Set(some.flatMap((one) => one.services))],
  }))
}

/**
 * The causes that a person is to read: those of services that did not pass, and what was asked for by itself. A service that passed counts among those of
 * a cause, and is none of its own.
 */
export function shownCauses(services: readonly CheckedService[], causes: readonly Cause[]): Cause[] {
  const notPassed = services.filter(({ outcome }) => outcome !== 'passed')
  const wrong = new Set(notPassed.map(({ namespace, name }) => `${namespace}/${name}`))
  return causes.filter((cause) => isAskedFor(cause) || cause.services.some((one) => wrong.has(one)))
}

const isAskedFor = ({ faults }: Cause): boolean => faults[0]!.findings[0]!.code === CHANGES

export const findingsIn = ({ faults }: Cause): Finding[] => faults.flatMap(({ findings }) => findings)

/** What a cause's findings have in common. */
export function sharedOf({ faults, services }: Cause): Shared {
  const all = faults.flatMap((fault) => fault.all)
  const own = Map.groupBy(all, ({ service }) => service)
  return {
    services,
    sentences: faults.map((fault) => ({ services: fault.services, message: fault.findings[0]!.message })),
    own: new Map([...own].map(([service, some]) => [service, some.map(({ finding }) => finding)])),
  }
}

const servicesIn = (all: readonly Told[]): string[] => [...new Set(all.map(({ service }) => service))]

/**
 * What nobody could see and changes no outcome is said of the first service that lacks it, with how many others do: formats that list services one by one
 * would say it thousands of times.
 */
export function saidOnce(services: readonly CheckedService[]): CheckedService[] {
  const isMinor = ({ code, severity }: Finding) => code === UNSEEN && severity === 'info'
  const key = ({ node, message }: Finding) => `${node} ${message}`
  const counts = Map.groupBy(
    services.flatMap(({ findings }) => findings.filter(isMinor)),
    key,
  )
  const met = new Set<string>()
  return services.map((service) => ({
    ...service,
    findings: service.findings.flatMap((one) => {
      const others = isMinor(one) ? counts.get(key(one))!.length - 1 : 0
      if (others === 0) return [one]
      if (met.has(key(one))) return []
      met.add(key(one))
      return [
        { ...one, message: `${one.message} (the same for ${others} other ${others === 1 ? 'service' : 'services'})` },
      ]
    }),
  }))
}

/** The code under which what could not be seen is told. */
export const UNSEEN = 'SVP802'

/** The code under which it is told what a move of the proxy to another mode would change: it is wanted of services that pass, too. */
const CHANGES = 'SVP335'

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
