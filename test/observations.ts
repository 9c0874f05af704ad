import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findService } from '../src/ask/find.ts'
import type { Observation } from '../src/model/observation.ts'
import { parseQuery } from '../src/model/query.ts'
import type { EndpointPath, EntryPath, NodePath, PathReport } from '../src/model/report.ts'
import { observeRecorded } from '../src/observe/observation.ts'
import { type TraceOptions, traceService } from '../src/trace/trace.ts'
import { capturePath, samplePath } from './fixtures.ts'

const noInput = async function* (): AsyncGenerator<Uint8Array> {}
const observations = new Map<string, Promise<Observation>>()

/** A recording, read once a test file. */
export function observe(path: string): Promise<Observation> {
  const known = observations.get(path) ?? observeRecorded([path], noInput)
  observations.set(path, known)
  return known
}

/** An observation of files made up by a test: path → text. */
export async function observeFiles(files: Record<string, string>): Promise<Observation> {
  const folder = mkdtempSync(join(tmpdir(), 'svcpath-test-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const observation = await observeRecorded([folder], noInput)
    // Endpoints are read late; the folder is gone by then, its texts are not.
    for (const service of observation.cluster.services ?? [])
      observation.cluster.endpointsOf(service.namespace, service.name)
    return observation
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The report on a service of an observation. */
export function traceIn(observation: Observation, service: string, options: Partial<TraceOptions> = {}): PathReport {
  const found = findService(observation, parseQuery(service), null)
  if (!('service' in found)) throw new Error(`no ${service}: ${JSON.stringify(found)}`)
  return traceService(observation, found.service, { from: null, nodes: [], port: null, ...options })
}

/** The report on a service of a packed capture, or of a sample's folder. */
export async function trace(
  recording: string,
  service: string,
  options: Partial<TraceOptions> = {},
): Promise<PathReport> {
  const path = recording.startsWith('samples/')
    ? samplePath(recording.slice('samples/'.length))
    : capturePath(recording)
  return traceIn(await observe(path), service, options)
}

export const nodeOf = (report: PathReport, name: string): NodePath => {
  const node = report.nodes.find((one) => one.name === name)
  if (!node) throw new Error(`no node ${name} in the report`)
  return node
}

export const entryOf = (node: NodePath, kind: EntryPath['kind'], port?: number): EntryPath => {
  const entry = node.entries.find((one) => one.kind === kind && (port === undefined || one.port === port))
  if (!entry) throw new Error(`no ${kind} on ${node.name}`)
  return entry
}

/** `10.0.0.1:80` → its path. */
export const byAddress = (entry: EntryPath): Map<string, EndpointPath> =>
  new Map(entry.endpoints.map((endpoint) => [`${endpoint.address}:${endpoint.port}`, endpoint]))
