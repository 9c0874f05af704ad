import { type Manifest, readManifest } from '../capture/manifest.ts'
import { readSources, type SourceFile } from '../capture/read.ts'
import type { CapturedFile } from '../capture/write.ts'
import type { Observation } from '../model/observation.ts'
import type { Problem } from '../model/rules.ts'
import { checkOneMoment } from './moments.ts'
import { BARE_NODE, Recording } from './recording.ts'

/**
 * Everything that a recording holds, from a capture's folder or tarball, or from pasted text in any number of files.
 * `stdin` is read for `-`. What cannot be read or recognised becomes a problem of the observation; only a path that does
 * not exist, or that nothing could be recognised in, is an error.
 */
export async function observeRecorded(
  paths: readonly string[],
  stdin: () => AsyncIterable<Uint8Array>,
): Promise<Observation> {
  const { entries, problems } = await readSources(paths, stdin)
  checkOneMoment(entries)
  const isCapture = entries.some(isOfCapture)
  return record(entries, problems, isCapture ? 'capture' : 'rules', paths.join(', '))
}

/** The same from the files of a capture that nobody wrote down: what a live look at a cluster brought. */
export function observeFiles(
  files: readonly CapturedFile[],
  { source, origin, problems }: Pick<Observation, 'source' | 'origin'> & { problems: readonly Problem[] },
): Observation {
  return record(entriesOf(files, origin), problems, source, origin)
}

const entriesOf = (files: readonly CapturedFile[], origin: string): SourceFile[] =>
  files.map(({ path, text }) => ({ path, origin, size: text.length, text: () => text }))

/** What some files of a capture say, as soon as they are there: of their text no more is kept than what was parsed holds. */
export function readFiles(files: readonly CapturedFile[], origin: string): Recording {
  const recording = new Recording([])
  const entries = entriesOf(files, origin)
  for (const entry of entries) addFile(recording, entry, entries)
  return recording
}

/** What several readings add up to, in their order; no two are of the same node. They can be read together with others later. */
export function observeReadings(
  readings: readonly Recording[],
  {
    source,
    origin,
    problems,
    manifest,
  }: Pick<Observation, 'source' | 'origin'> & { problems: readonly Problem[]; manifest?: Manifest },
): Observation {
  const all = new Recording(problems)
  for (const one of readings) all.take(one)
  if (manifest) all.describe(manifest)
  return all.finish(origin, source)
}

/** The same with what was read of the nodes' counters later. */
export function withReadings(observation: Observation, files: readonly CapturedFile[]): Observation {
  const { source, origin } = observation
  const later = observeFiles(files, { source, origin, problems: [] })
  const readings = new Map(later.nodes.map(({ name, counters }) => [name, counters]))
  return {
    ...observation,
    nodes: observation.nodes.map((node) => {
      const more = readings.get(node.name)
      return more ? { ...node, counters: [...(node.counters ?? []), ...more] } : node
    }),
    problems: [...observation.problems, ...later.problems],
  }
}

function record(
  entries: readonly SourceFile[],
  problems: readonly Problem[],
  source: Observation['source'],
  origin: string,
): Observation {
  const recording = new Recording(problems)
  for (const entry of entries) {
    if (source === 'rules') recording.addPasted(entry)
    else addFile(recording, entry, entries)
  }
  const observation = recording.finish(origin, source)
  if (source !== 'rules') return observation
  return {
    ...observation,
    nodes: observation.nodes.map((node) => (node.name === BARE_NODE ? { ...node, unnamed: true } : node)),
  }
}

/** Where no node was read, the manifest alone says that it is a capture, and why. */
const isOfCapture = ({ path, text }: SourceFile): boolean =>
  NODE_FILE.test(path) || (path === 'manifest.json' && readManifest(text()) !== null)

/** Adds a file of a capture. */
function addFile(recording: Recording, entry: SourceFile, all: readonly SourceFile[]): void {
  const [, node, file] = NODE_FILE.exec(entry.path) ?? []
  const once = readOnce(entry)
  if (node && file) recording.addNodeFile(once, node, file, all)
  else recording.addText(once, null)
}

/** A file whose text is asked for several times in a row, and unpacked once. */
function readOnce(entry: SourceFile): SourceFile {
  let known: string | null = null
  const text = () => {
    known ??= entry.text()
    return known
  }
  return { ...entry, text }
}

/** `nodes/NAME/FILE` of a capture. */
const NODE_FILE = /(?:^|\/)nodes\/([^/]+)\/([^/]+)$/
