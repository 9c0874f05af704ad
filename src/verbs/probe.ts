/** `probe`: real connections, held against what the walk predicts. */
import { checkNamespace } from '../ask/choose.ts'
import type { Ask } from '../ask/source.ts'
import { type LiveOptions, withCluster } from '../live/cluster.ts'
import { usageError } from '../model/errors.ts'
import type { Io } from '../model/io.ts'
import type { ProbeReport } from '../model/probe/report.ts'
import type { ProbeOutput } from '../render/outputs.ts'
import { renderProbe } from '../render/probe/render.ts'
import { terminal } from '../render/terminal.ts'
import { type ProbeOptions, probeService } from './probe-service.ts'

export interface ProbeWords extends Pick<ProbeOptions, 'from' | 'port' | 'count' | 'timeoutMs' | 'rate' | 'request'> {
  service: string | null
  /** A recording was named, which cannot be probed. */
  recorded: boolean
  namespace: string | null
  everywhere: boolean
  /** Ask the kernel for a trace of the probe's packets: an nft table on the nodes for as long. */
  kernelTrace: boolean
  live: LiveOptions
  output: ProbeOutput
  verbose: boolean
}

/** Resolves to the exit code: 0 all got through, 3 some failed, 4 of some nothing is known. */
export async function probeVerb(words: ProbeWords, io: Io): Promise<number> {
  const { service, namespace, everywhere, live, output, verbose } = words
  if (words.recorded)
    throw usageError(
      'a capture cannot be probed: probe makes real connections',
      'leave -f out, or trace the capture: kubectl svcpath SERVICE -f FILE',
    )
  if (service === null) throw usageError('which service?', 'name one: kubectl svcpath probe web -n shop')
  checkNamespace(service, namespace)
  const ask: Ask = { service, namespace, from: null, everywhere, dns: false, parts: 'all' }
  // Places are chosen by --node; where connections end is read all the same.
  const whole = { ...live, reach: { ...live.reach, nodes: [] } }
  const report = await withCluster(whole, io, (cluster) =>
    probeService(cluster, ask, {
      ...words,
      ...{ nodes: live.reach.nodes, allNodes: live.reach.allNodes },
      beforeTrace: words.kernelTrace ? (text) => io.stderr.write(`${text}\n`) : null,
    }),
  )
  io.stdout.write(renderProbe(report, output, { ...terminal(io.stdout, io.env, io.stderr), verbose }))
  return EXIT_CODES[report.outcome]
}

const EXIT_CODES: Record<ProbeReport['outcome'], number> = { passed: 0, failed: 3, unknown: 4 }
