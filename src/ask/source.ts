/** Where answers come from: a recording or a cluster, which are asked alike. */
import type { Node, Pod, Service } from '../model/cluster.ts'
import type { Finding } from '../model/finding.ts'
import type { Observation } from '../model/observation.ts'
import type { ProbeAnswers, ProbeRequest } from '../model/probe/request.ts'
import type { CollectRequest } from '../model/request.ts'

export interface Source {
  /** A cluster: too large for all of it to be meant where nothing is said. */
  readonly isLive: boolean
  /** Lets `work` look as often as it likes. However that ends, what was made for it is removed first. */
  open<T>(work: (sight: Sight) => Promise<T>): Promise<T>
}

/** A source that is open. */
export interface Sight {
  look(ask: Ask): Promise<Seen>
  /** Judges, and where what was found may be about to pass looks again; `passing`: what the last look alone showed. */
  settled<T>(judge: (again: Again | null) => Promise<Judged<T>>): Promise<{ result: T; passing: ReadonlySet<string> }>
  /**
   * Where counters of what was seen point to a fault, reads them once more, and gives what was seen with both readings; null where nothing points to one,
   * or there is nothing to be read again. A counter since boot says little, its growth much.
   */
  grown(seen: Seen): Promise<Seen | null>
  /** Waits so long at most for every node to lead to exactly the endpoints that the API lists; gives those that do not. */
  converged(
    limitMs: number,
    nodes: readonly string[],
    look: (again: Again | null) => Promise<Expected>,
  ): Promise<string[]>
  /** Writes what was seen to a file, as a capture; gives what to tell of it. Absent where nothing was collected: a recording is one already. */
  save?(seen: Seen, file: string, redacted: boolean): Promise<string>
  /** Looking is over, and the screen is free for the answer. */
  done(): void
  /** Makes connections; absent where there is no cluster. */
  readonly prober?: Prober
}

export interface Prober {
  /** Makes connections from nodes and pods on them. */
  probe(requests: readonly { node: Node; request: ProbeRequest }[]): Promise<ProbeAnswers>
  runningPods(nodes: readonly string[]): Promise<Pod[]>
  /** Null where there is no such pod. */
  namedPod(namespace: string, name: string): Promise<Pod | null>
  /** A line that stays on stderr. */
  say(words: string): void
}

/** What to look at. A recording shows what it holds, whatever of this is asked. */
export interface Ask {
  /** As a person writes it; null: all services, or those of `choose`. */
  service: string | null
  /** Of all that the API lists, those that the nodes are to be asked about; absent: all. */
  choose?: ((observation: Observation, namespace: string | null) => readonly Service[]) | undefined
  /** Null: the context's; of a recording any. */
  namespace: string | null
  /** All namespaces. */
  everywhere: boolean
  /** Whose packet is asked about: a pod of it is read too. */
  from: string | null
  /** Ask the DNS pods for its names. */
  dns: boolean
  parts: CollectRequest['parts']
  /** What to show while nodes keep everybody waiting, of what the others hold: it is taken away when all is known. Absent: nothing. */
  soFar?: ((seen: Seen) => string) | undefined
  /** It was looked at before. */
  again?: Again | null | undefined
}

/** What a look is for that follows another one. */
export interface Again {
  /** The nodes to be read anew, where the API says what it said before; undefined: all. Of the others it is known what they hold. */
  nodes: ReadonlySet<string> | undefined
  /** The services that are judged anew, as `namespace/name`; absent: all. */
  services?: ReadonlySet<string>
}

export interface Seen {
  observation: Observation
  /** The namespace that was meant; null: any. */
  namespace: string | null
}

/** What came of a look, and what was found by it. */
export interface Judged<T> {
  result: T
  findings: readonly Finding[]
}

/** What nodes are waited for with. A service that is `missing` may yet be made. */
export interface Expected {
  observation: Observation
  services: readonly Service[]
  missing: readonly string[]
}
