import type { LiveOptions } from '../../live/cluster.ts'

/** What the server was started with. */
export interface McpWords {
  /** The recordings that tools read; null: the cluster. */
  files: readonly string[] | null
  /** Where a tool is not told a namespace; null: the context's, of a recording any. */
  namespace: string | null
  live: LiveOptions
}
