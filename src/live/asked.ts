import type { CapturedFile } from '../capture/write.ts'
import type { Endpoint, Node, Service } from '../model/cluster.ts'
import type { Observation } from '../model/observation.ts'
import type { WantedService } from '../model/request.ts'
import type { Problem } from '../model/rules.ts'
import { observeReadings, readFiles } from '../observe/observation.ts'
import type { Recording } from '../observe/recording.ts'

/** What the API says of what was asked. */
export interface Asked {
  files: CapturedFile[]
  problems: Problem[]
  /** Null: all. */
  namespace: string | null
  /** What the nodes are asked about; null: everything. */
  wanted: WantedService[] | null
  nodes: Node[]
  /** Of the services asked for; empty for a list of all. */
  endpoints: readonly Endpoint[]
  /** The services that were asked for by name. */
  named: readonly Service[]
  /** The pod that `--from` names; it need not be one of the service. */
  client: { namespace: string; name: string } | null
  /** The API's side of the observation. */
  observation: Observation
  /** What it was made of. */
  reading: Recording
  /** How a capture calls it: `shop/web`, `all`, `shop`. */
  label: string
}

/** The API's side of an observation, by the files that a capture would hold. */
export function observedApi(
  files: readonly CapturedFile[],
  { name }: { name: string },
): Pick<Asked, 'observation' | 'reading'> {
  const origin = `the cluster ${name}`
  const reading = readFiles(files, origin)
  return { reading, observation: observeReadings([reading], { source: 'live', origin, problems: [] }) }
}
