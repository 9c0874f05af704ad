/** Captures of which a part is missing, held against the whole ones. */
import { readSources } from '../../src/capture/read.ts'
import type { CapturedFile } from '../../src/capture/write.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import type { Observation } from '../../src/model/observation.ts'
import type { PathReport, Verdict } from '../../src/model/report.ts'
import { observeFiles } from '../../src/observe/observation.ts'
import { traceService } from '../../src/trace/trace.ts'

/** Each with the shapes that differ most: no rule, one address, node ports, local endpoints, no cluster IP, names of ports. */
export const SERVICES = [
  'web',
  'web-np',
  'web-local',
  'web-headless',
  'web-named',
  'web-lb',
  'empty',
  'kube-dns',
  'kubernetes',
]

/** What says that something is not there, or that something is there which should not be. */
const ABSENCE = /^SVP(101|102|301|302|303|304|308|310|315)$/

/** Where the pods are missing, a selector that matches nothing is a service that has no endpoints. */
const SAME = new Map([['SVP101', 'SVP102']])

export const filesOf = async (path: string): Promise<CapturedFile[]> => {
  const { entries } = await readSources([path], () => process.stdin)
  return entries.map((entry) => ({ path: entry.path, text: entry.text() }))
}

/** The node that a file is of; null for what tells of the cluster. */
export const nodeOf = ({ path }: CapturedFile): string | null => /^nodes\/([^/]+)\//.exec(path)?.[1] ?? null

/** The cluster's files and those of one node: what a missing part of either can change. */
export const around = (files: readonly CapturedFile[], node: string): CapturedFile[] =>
  files.filter((file) => [null, node].includes(nodeOf(file)))

/** What a recording says of a few services. */
export interface Said {
  /** By service, node and entry. */
  verdicts: ReadonlyMap<string, Verdict>
  /** Errors that say what is not there, by service and node. */
  absences: ReadonlyMap<string, string>
}

/** `turn`: which of the services; null: all of them. */
export function saidOf(files: readonly CapturedFile[], turn: number | null): Said {
  const observation = observeFiles(files, { source: 'capture', origin: 'capture', problems: [] })
  const verdicts = new Map<string, Verdict>()
  const absences = new Map<string, string>()
  for (const report of reportsOf(observation, turn)) {
    const { namespace, name } = report.service
    for (const { name: node, entries } of report.nodes)
      for (const { kind, address, port, protocol, client, verdict } of entries)
        verdicts.set(`${namespace}/${name} ${node} ${kind} ${address}:${port}/${protocol} ${client}`, verdict)
    for (const { code, severity, node, message } of report.findings)
      if (severity === 'error' && ABSENCE.test(code))
        absences.set(`${namespace}/${name} ${node} ${SAME.get(code) ?? code}`, `${code} ${message}`)
  }
  return { verdicts, absences }
}

function reportsOf(observation: Observation, turn: number | null): PathReport[] {
  const names = turn === null ? SERVICES : [0, 3].map((step) => SERVICES[(turn + step) % SERVICES.length]!)
  const services = (observation.cluster.services ?? []).filter(({ name }) => names.includes(name))
  return services.map((service) =>
    diagnose(observation, service, traceService(observation, service, { from: null, nodes: [], port: null })),
  )
}

/** What is said of a part and cannot be known from it: everything that is better than what the whole shows, or that is said to be missing. */
export function overstated(part: Said, whole: Said): string[] {
  const better = [...part.verdicts].flatMap(([where, verdict]) => {
    const before = whole.verdicts.get(where)
    const isNew = verdict === 'reachable' && (before === undefined || before === 'broken' || before === 'unknown')
    return isNew ? [`${where}: ${before ?? 'not there'} → ${verdict}`] : []
  })
  const missing = [...part.absences].flatMap(([where, message]) =>
    whole.absences.has(where) ? [] : [`${where}: ${message}`],
  )
  return [...better, ...missing]
}
