/** `cleanup`: debug pods that a killed run left are removed. */
import type { KubeOptions } from '../kube/api.ts'
import { connect } from '../kube/client.ts'
import { surroundingsOf } from '../kube/surroundings.ts'
import type { Io } from '../model/io.ts'
import { cleanup } from '../reach/debug/cleanup.ts'

export interface CleanupWords {
  kube: KubeOptions
  /** Null: all. */
  namespace: string | null
  /** Also those of runs that may still be working. */
  all: boolean
  dryRun: boolean
}

/** Resolves to the exit code: 0 nothing is left, 1 something could not be removed. */
export async function cleanupVerb({ kube, namespace, all, dryRun }: CleanupWords, io: Io): Promise<number> {
  const api = await connect(kube, surroundingsOf(io))
  const done = await cleanup(api, { namespace: namespace ?? undefined, all, dryRun }, io.now().getTime())
  for (const line of done.lines) io.stdout.write(`${line}\n`)
  return done.failed ? 1 : 0
}
