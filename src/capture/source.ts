/** From the files that were found to those that the rest of the program sees: their place in the capture, and their text. */
import { reasonOf } from './error.ts'
import type { Found } from './files.ts'
import { Reading } from './limits.ts'
import { pathOf, shown } from './name.ts'
import { textOf } from './text.ts'

export interface SourceFile {
  /** Slash-separated, relative to the named folder or inside the archive, without `.gz`. */
  path: string
  /** What the person named. */
  origin: string
  /** Bytes as stored, which for a `.gz` is packed. */
  size: number
  /** The whole text, read and unpacked at each call; '' with a problem where there is none. */
  text(): string
}

/**
 * Gives every file its path: without the folders above `api` and `nodes`, and without the one folder that an archive
 * holds. Where two files come to stand at one path (`x.txt`, `x.txt.gz`), the later is taken, with a problem.
 */
export function toSources(found: readonly Found[], isArchive: boolean, origin: string, reading: Reading): SourceFile[] {
  const paths = found.map((file) => pathOf(file.name).split('/'))
  const top = topFolders(paths, isArchive)
  const sources = new Map<string, SourceFile>()
  for (const [i, file] of found.entries()) {
    const path = paths[i]!.slice(top).join('/')
    if (sources.has(path)) reading.problem(origin, `${shown(path)}: stands here twice; the later is read`)
    sources.set(path, toSource(file, path, origin, reading))
  }
  return [...sources.values()]
}

const LAYOUT = new Set(['api', 'nodes'])

/** How many folders at the top of all paths say nothing. */
function topFolders(paths: readonly string[][], isArchive: boolean): number {
  const shared = sharedFolders(paths)
  const layout = shared.findIndex((folder) => LAYOUT.has(folder))
  if (layout >= 0) return layout
  if (paths.some((path) => path.length > shared.length + 1 && LAYOUT.has(path[shared.length]!))) return shared.length
  return isArchive ? Math.min(1, shared.length) : 0
}

/** The folders that all files lie in. */
function sharedFolders(paths: readonly string[][]): string[] {
  const [first = [], ...rest] = paths
  let length = first.length - 1
  for (const path of rest) {
    let same = 0
    while (same < Math.min(length, path.length - 1) && path[same] === first[same]) same++
    length = same
  }
  return first.slice(0, Math.max(0, length))
}

function toSource(file: Found, path: string, origin: string, shared: Reading): SourceFile {
  // The first call counts and reports; what a later one finds has been told.
  let reading = shared
  let empty = false
  const text = (): string => {
    if (empty) return ''
    const content = readText(file, path, reading)
    reading = new Reading(shared.limits)
    empty = content === ''
    return content
  }
  return { path, origin, size: file.size, text }
}

function readText(file: Found, path: string, reading: Reading): string {
  let bytes: Buffer
  try {
    bytes = file.bytes()
  } catch (error) {
    reading.problem(path, `this cannot be read: ${reasonOf(error)}`)
    return ''
  }
  return textOf(bytes, path, reading)
}
