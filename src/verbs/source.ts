import { checkNodes } from '../ask/choose.ts'
import type { Sight, Source } from '../ask/source.ts'
import type { LiveOptions } from '../live/cluster.ts'
import { usageError } from '../model/errors.ts'
import type { Io } from '../model/io.ts'
import type { Observation } from '../model/observation.ts'
import { observeRecorded } from '../observe/observation.ts'

/** The recording of these files, or without any (null) the cluster. */
export const sourceOf = (files: readonly string[] | null, options: LiveOptions, io: Io): Source =>
  files === null ? live(options, io) : recorded(files, options.reach.nodes, io)

/** Files that somebody wrote, of which these nodes are asked about; none: all. */
function recorded(files: readonly string[], nodes: readonly string[], io: Pick<Io, 'stdin'>): Source {
  let observation: Promise<Observation> | null = null
  const sight: Sight = {
    async look({ namespace }) {
      // Standard input can be read once only.
      observation ??= observeRecorded(files, () => io.stdin)
      checkNodes(await observation, nodes)
      return { observation: await observation, namespace }
    },
    async settled(judge) {
      const { result } = await judge(null)
      return { result, passing: new Set() }
    },
    grown: async () => null,
    async converged() {
      throw usageError('--wait needs a cluster', 'what is recorded (-f) does not change')
    },
    done() {},
  }
  return { isLive: false, open: (work) => work(sight) }
}

/** A cluster. What talks to it takes a while to load. */
const live = (options: LiveOptions, io: Io): Source => ({
  isLive: true,
  async open(work) {
    const { withCluster } = await import('../live/cluster.ts')
    return withCluster(options, io, work)
  },
})
