/** A way onto the nodes. All ways answer the same: run this script there, once. */

import type { Ended, Output } from '../kube/api.ts'
import type { PulseTimes } from '../kube/pulse.ts'
import type { Node } from '../model/cluster.ts'
import { SvcpathError } from '../model/errors.ts'
import type { WayName } from '../model/way.ts'

export interface RunOptions {
  /** For everything: getting there, the script, the last byte of its answer. */
  timeoutMs: number
  /** Of stdout; what is beyond it is not kept, and `truncated` says so. */
  maxBytes: number
  signal: AbortSignal
  /** Words for stderr: what was chosen, what is waited for. No newline, no secrets. `alike`: in words that are the same for whichever node. */
  say(words: string, alike?: string): void
}

/** Of a script that runs on. */
export interface FollowOptions extends Pick<RunOptions, 'signal' | 'say'> {
  times: PulseTimes
  onOutput(bytes: Buffer): void
}

/**
 * Runs a POSIX shell script on a node, streamed on standard input to a shell that is root there or says that it is not.
 * `node.name` and all else that came from outside reaches no shell unquoted. Throws a ReachError; never hangs past `timeoutMs`.
 */
export interface Way {
  readonly name: WayName
  run(node: Node, script: string, options: RunOptions): Promise<Output>
  /**
   * Runs a script that runs on, for as long as it gets beats: a line on its standard input now and then. When this process is gone, however that went, it sees the end
   * of its input. Resolves when the script ends by itself; throws a ReachError where its stream breaks off. Left out where a way can do no such thing.
   */
  follow?(node: Node, script: string, options: FollowOptions): Promise<Ended>
  /**
   * Runs a script where programs of the node answer that `run` does not come to: each in the container that it runs in. Never throws. Left out where
   * `run` sees all processes of the node.
   */
  runBeside?(node: Node, script: string, options: RunOptions): Promise<Beside[]>
  /** Removes what it made: pods, connections. Safe to call at any time, and twice. */
  close(): Promise<void>
}

/** What came of a script in the container of one program. */
export type Beside = {
  /** What this project calls the program: `cilium`. */
  program: string
  container: string
  pod: { namespace: string; name: string }
} & ({ output: Output } | { down: string } | { failure: string })

/** Why a node could not be reached by a way. */
export class ReachError extends SvcpathError {
  /** True where another way may well do better: no such pod, no shell in it, not allowed. */
  readonly anotherWay: boolean

  constructor(message: string, options: { hint?: string; anotherWay?: boolean; cause?: unknown } = {}) {
    super(message, options)
    this.name = 'ReachError'
    this.anotherWay = options.anotherWay ?? false
  }
}

/** The same options with the time that is left of their limit, but at least a second: whatever is tried in turn, a node costs its time limit once. */
export const withTimeLeft = (options: RunOptions, began: number): RunOptions => ({
  ...options,
  timeoutMs: Math.max(Math.min(1000, options.timeoutMs), options.timeoutMs - Math.round(performance.now() - began)),
})
