/** Captures and bent copies of themselves, compared. */
import { readSources } from '../../src/capture/read.ts'
import { compareLooks, type DiffQuestion } from '../../src/compare/compare.ts'
import type { DiffReport, ServiceDiff } from '../../src/model/diff/report.ts'
import type { Observation } from '../../src/model/observation.ts'
import { observeFiles } from '../../src/observe/observation.ts'
import type { Files } from '../diagnose/bend.ts'
import { capturePath } from '../fixtures.ts'

export const HEALTHY = 'k8s-1.36-iptables-nft-bridge'

const loaded = new Map<string, Promise<Files>>()

async function load(capture: string): Promise<Files> {
  const { entries } = await readSources([capturePath(capture)], () => process.stdin)
  return new Map(entries.map(({ path, text }) => [path.replace(/^[^/]+\/(?=(api|nodes)\/)/, ''), text()]))
}

/** A capture, bent. */
export async function look(bend: (files: Files) => void = () => {}, capture: string = HEALTHY): Promise<Observation> {
  const known = loaded.get(capture) ?? load(capture)
  loaded.set(capture, known)
  const files = new Map(await known)
  bend(files)
  const list = [...files].map(([path, text]) => ({ path, text }))
  return observeFiles(list, { source: 'capture', origin: capture, problems: [] })
}

const EVERYTHING: DiffQuestion = { service: null, namespace: null, nodes: [] }

/** From the capture as it is to a bent one. */
export async function diffTo(
  bend: (files: Files) => void,
  { capture, ...question }: Partial<DiffQuestion> & { capture?: string } = {},
): Promise<DiffReport> {
  return compareLooks(await look(undefined, capture), await look(bend, capture), { ...EVERYTHING, ...question })
}

export const diff = (before: Observation, after: Observation, question: Partial<DiffQuestion> = {}): DiffReport =>
  compareLooks(before, after, { ...EVERYTHING, ...question })

/** The one service that something is told of. */
export function only({ services }: DiffReport): ServiceDiff {
  if (services.length !== 1) throw new Error(`${services.length} services are told of`)
  return services[0]!
}

/** The paths of a capture's files. */
export async function fileNames(capture: string): Promise<string[]> {
  await look(undefined, capture)
  return [...(await loaded.get(capture)!).keys()]
}
