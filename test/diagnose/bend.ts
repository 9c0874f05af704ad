/** A healthy capture with something bent in its files, diagnosed. */

import { findService } from '../../src/ask/find.ts'
import { readSources } from '../../src/capture/read.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Observation } from '../../src/model/observation.ts'
import { type From, parseQuery } from '../../src/model/query.ts'
import type { PathReport } from '../../src/model/report.ts'
import { observeFiles } from '../../src/observe/observation.ts'
import { traceService } from '../../src/trace/trace.ts'
import { capturePath } from '../fixtures.ts'

/** The files of a capture: path below its folder → text. */
export type Files = Map<string, string>

const HEALTHY = 'k8s-1.36-iptables-nft-bridge'
const loaded = new Map<string, Promise<Files>>()

async function load(capture: string): Promise<Files> {
  const { entries } = await readSources([capturePath(capture)], () => process.stdin)
  return new Map(entries.map((entry) => [entry.path.replace(/^[^/]+\/(?=(api|nodes)\/)/, ''), entry.text()]))
}

export interface Bending {
  capture?: string
  service?: string
  from?: From
  source?: Observation['source']
  /** Changes the files. */
  files?: (files: Files) => void
  /** Changes what was read of them. */
  seen?: (observation: Observation) => Observation
  /** The mode of the proxy that is asked about. */
  goal?: 'nftables'
}

export async function observationIn({
  capture = HEALTHY,
  source = 'capture',
  files: bend,
  seen = (observation) => observation,
}: Bending): Promise<Observation> {
  const known = loaded.get(capture) ?? load(capture)
  loaded.set(capture, known)
  const files = new Map(await known)
  bend?.(files)
  const list = [...files].map(([path, text]) => ({ path, text }))
  return seen(observeFiles(list, { source, origin: capture, problems: [] }))
}

async function bent(bending: Bending): Promise<PathReport> {
  const { service = 'shop/web', from, goal } = bending
  const observation = await observationIn(bending)
  const found = findService(observation, parseQuery(service), null)
  if (!('service' in found)) throw new Error(`no ${service}`)
  const report = traceService(observation, found.service, { from: from ?? null, nodes: [], port: null })
  return diagnose(observation, found.service, report, goal)
}

export const findingsIn = async (bending: Bending): Promise<Finding[]> => (await bent(bending)).findings

export const reportIn = bent

/** Replaces in a file, which must change by it. */
export function replace(files: Files, path: string, pattern: RegExp | string, by: string): void {
  const text = files.get(path) ?? ''
  const next = text.replace(pattern, by)
  if (next === text) throw new Error(`${path} has no ${pattern}`)
  files.set(path, next)
}

// biome-ignore lint/suspicious/noExplicitAny: the API's objects as they come
type Objects = any[]

/** Changes the objects of a list of the API. */
export function objects(files: Files, name: string, change: (items: Objects) => void): void {
  const path = `api/${name}.json`
  const list = JSON.parse(files.get(path)!) as { items: Objects }
  change(list.items)
  files.set(path, JSON.stringify(list))
}

/** The named object of a list. */
export const named = (items: Objects, name: string, namespace = 'shop') => {
  const found = items.find(({ metadata }) => metadata.name === name && (metadata.namespace ?? namespace) === namespace)
  if (!found) throw new Error(`no ${name}`)
  return found
}

/** Changes the endpoints of a service's slices, and of its Endpoints object. */
export function endpoints(
  files: Files,
  service: string,
  change: (all: Objects, slice: Objects[number]) => Objects,
): void {
  objects(files, 'endpointslices', (items) => {
    for (const slice of items)
      if (slice.metadata.labels?.['kubernetes.io/service-name'] === service)
        slice.endpoints = change(slice.endpoints ?? [], slice)
  })
  objects(files, 'endpoints', (items) => {
    const at = items.findIndex(({ metadata }) => metadata.name === service)
    if (at >= 0) items.splice(at, 1)
  })
}
