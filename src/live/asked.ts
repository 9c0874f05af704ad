import type { CapturedFile } from '../capture/write.ts'
import type { Endpoint, Node, Service } from '../model/cluster.ts'
import type { Observation } from '../model/observation.ts'
import type { WantedService } from '../model/request.ts'
import type { Problem } from '../model/rules.ts'

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
  /** How a capture calls it: `shop/web`, `all`, `shop`. */
  label: string
}
