import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readSources } from '../src/capture/read.ts'

const folder = fileURLToPath(new URL('./fixtures/', import.meta.url))

const ALL = readdirSync(folder).flatMap((name) => (name.endsWith('.tgz') ? [name.slice(0, -4)] : []))

/** The names of the captures that are packed here, of kube-proxy's iptables and nftables modes. */
export const CAPTURES = ALL.filter((name) => !name.includes('ipvs'))

/** Those of its ipvs mode. */
export const IPVS_CAPTURES = ALL.filter((name) => name.includes('ipvs'))

/** Where a capture's tarball lies. */
export const capturePath = (capture: string): string => `${folder}${capture}.tgz`

/** Where a sample's folder or file lies. */
export const samplePath = (path: string): string => `${folder}samples/${path}`

/** The text of a sample's file. */
export const sample = (path: string): string => readFileSync(samplePath(path), 'utf8')

/** The files of captures whose path fits. */
export async function captureFiles(
  fits: (path: string) => boolean,
  captures: readonly string[] = CAPTURES,
): Promise<{ capture: string; path: string; text: string }[]> {
  const all = captures.map(async (capture) => {
    const { entries } = await readSources([capturePath(capture)], () => process.stdin)
    return entries.filter(({ path }) => fits(path)).map((entry) => ({ capture, path: entry.path, text: entry.text() }))
  })
  return (await Promise.all(all)).flat()
}
