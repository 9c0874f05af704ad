import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readSources } from '../src/capture/read.ts'

const folder = fileURLToPath(new URL('./fixtures/', import.meta.url))

/** The names of the captures that are packed here. */
export const CAPTURES = readdirSync(folder).flatMap((name) => (name.endsWith('.tgz') ? [name.slice(0, -4)] : []))

/** Where a capture's tarball lies. */
export const capturePath = (capture: string): string => `${folder}${capture}.tgz`

/** Where a sample's folder or file lies. */
export const samplePath = (path: string): string => `${folder}samples/${path}`

/** The text of a sample's file. */
export const sample = (path: string): string => readFileSync(samplePath(path), 'utf8')

/** The files of all captures whose path fits. */
export async function captureFiles(
  fits: (path: string) => boolean,
): Promise<{ capture: string; path: string; text: string }[]> {
  const all = CAPTURES.map(async (capture) => {
    const { entries } = await readSources([capturePath(capture)], () => process.stdin)
    return entries.filter(({ path }) => fits(path)).map((entry) => ({ capture, path: entry.path, text: entry.text() }))
  })
  return (await Promise.all(all)).flat()
}
