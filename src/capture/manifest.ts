import type { Unread } from '../model/observation.ts'
import type { Problem } from '../model/rules.ts'

/** `manifest.json` of a capture: how and when each part was collected. */
export interface Manifest {
  apiVersion: 'svcpath/v1alpha1'
  kind: 'Capture'
  /** Of the svcpath that wrote it. */
  version: string
  /** ISO 8601. */
  observedAt: string
  /** Names and addresses are not the cluster's own. */
  redacted?: true
  /** The cluster, as the kubeconfig calls it. */
  cluster: string
  /** The service asked for, `all` or `namespace NAME`. */
  asked: string
  nodes: CapturedNode[]
  /** Nodes that were not read, and why. */
  unread: Unread[]
}

interface CapturedNode {
  name: string
  /** What was said on the way there: by which pod, after which fall-back. */
  way: string[]
  /** The whole answer came. */
  complete: boolean
  /** What came over the wire. */
  bytes: number
  sections: CapturedSection[]
}

interface CapturedSection {
  file: string
  command: string
  /** Null: it ran into its time limit, or was cut off. */
  exitCode: number | null
  stderr: string
  milliseconds: number | null
  leftOut: string | null
}

/** A manifest by its text; null where it is none. */
export function readManifest(text: string): Manifest | null {
  try {
    const value = JSON.parse(text) as Manifest
    return value.kind === 'Capture' && Array.isArray(value.nodes) && Array.isArray(value.unread) ? value : null
  } catch {
    return null
  }
}

/** What was asked of a node and not got: each makes a part of it unknown. */
export function problemsOf(manifest: Manifest): Problem[] {
  return manifest.nodes.flatMap((node) => [
    ...(node.complete
      ? []
      : [{ file: `nodes/${node.name}`, line: null, message: 'the answer of the node was cut off' }]),
    ...node.sections.flatMap((section) => {
      const message = troubleOf(section)
      return message ? [{ file: `nodes/${node.name}/${section.file}`, line: null, message }] : []
    }),
  ])
}

/** What concerns no verdict needs no word where it is missing: few images have every tool. */
const SPARE = /^(conntrack6|conntrack-(stats|count)|bridge-link|sockets|pod-rules|versions|kube-proxy-.*)\.\w+$/

function troubleOf({ file, command, exitCode, stderr }: CapturedSection): string | null {
  if (exitCode === 0 || SPARE.test(file)) return null
  const words = stderr.trim().split('\n')[0]?.slice(0, 200)
  if (exitCode === null) return `${command}: no end within its time limit`
  return `${command}: ${exitCode === 127 && !words ? 'no such tool in the image or on the node' : words || `exit code ${exitCode}`}`
}
