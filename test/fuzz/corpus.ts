/** What the fuzz tests begin with: real output of every tool that is read, in groups that belong together. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { captureFiles } from '../fixtures.ts'
import type { Random } from './random.ts'

/** The files of one folder. */
export type Group = readonly string[]

const FOLDERS = ['cases', 'samples', 'listings', 'nft-listings', 'nodes', 'ipvs', 'host-tools']
const CAPTURES = [
  'k8s-1.36-iptables-nft-dualstack-bridge',
  'k8s-1.20-iptables-legacy-bridge',
  'k8s-1.36-nftables-dualstack-ptp',
  'broken-ipvs-graceful-stale-noaddr',
]

export async function readCorpus(): Promise<readonly Group[]> {
  const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))
  const groups = new Map<string, string[]>()
  const add = (group: string, text: string) => groups.set(group, [...(groups.get(group) ?? []), text])
  for (const folder of FOLDERS)
    for (const file of readdirSync(fixtures + folder, { recursive: true, encoding: 'utf8' }).sort())
      if (/^\.(txt|json|yaml|log|md|html)$/.test(extname(file)) && !/(case\.json|README\.md)$/.test(file))
        add(dirname(`${folder}/${file}`), readFileSync(`${fixtures}${folder}/${file}`, 'utf8'))
  for (const { capture, path, text } of await captureFiles((path) => !/^README/.test(path), CAPTURES))
    add(`${capture}/${path.startsWith('nodes/') ? dirname(path) : 'api'}`, text)
  return [...groups.values()]
}

/** Long enough for the rules of a few services, and short enough for thousands of texts a minute. */
const MOST = 6_000

/** A part of a text: its beginning, a window of it, or what grep takes out of it. */
export function excerpt(text: string, random: Random): string {
  if (text.length <= MOST) return text
  const kind = random.below(3)
  if (kind === 0) return text.slice(0, MOST)
  if (kind === 1) return text.slice(lineAt(text, random.below(text.length - MOST))).slice(0, MOST)
  const sought = random.pick(SOUGHT)
  const found = text.split('\n').filter((line) => sought.test(line))
  return found.length === 0 ? text.slice(0, MOST) : found.join('\n').slice(0, MOST)
}

const SOUGHT = [
  /^[*:]|COMMIT|shop\/web\b|KUBE-(SERVICES|NODEPORTS)/,
  /KUBE-|Chain/,
  /web-np|table|chain|hook|[{}]/,
  /\d/,
]

const lineAt = (text: string, at: number): number => text.lastIndexOf('\n', at) + 1
