import { readSources } from './capture/read.ts'
import type { Observation } from './model/observation.ts'
import { Recording } from './observe/recording.ts'

/**
 * Everything that a recording holds, from a capture's folder or tarball, or from pasted text in any number of files.
 * `stdin` is read for `-`. What cannot be read or recognised becomes a problem of the observation; only a path that does
 * not exist, or that nothing could be recognised in, is an error.
 */
export async function observeRecorded(paths: string[], stdin: () => AsyncIterable<Uint8Array>): Promise<Observation> {
  const { entries, problems } = await readSources(paths, stdin)
  const recording = new Recording(problems)
  const byNode = new Set(entries.flatMap(({ path }) => NODE_FILE.exec(path)?.[1] ?? []))
  for (const source of entries) {
    const [, node, file] = NODE_FILE.exec(source.path) ?? []
    if (byNode.size === 0) recording.addText(source, BARE_NODE)
    else if (node && file) recording.addNodeFile(source, node, file, entries)
    else recording.addText(source, null)
  }
  return recording.finish(paths.join(', '), byNode.size > 0 ? 'capture' : 'rules')
}

/** `nodes/NAME/FILE` of a capture. */
const NODE_FILE = /(?:^|\/)nodes\/([^/]+)\/([^/]+)$/

/** What bare text calls the one node that it shows. */
const BARE_NODE = 'node'
