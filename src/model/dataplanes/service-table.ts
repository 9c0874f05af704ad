/** The Services that a data plane serves by other means than rules or maps that are walked: what leads where, and no more. */
import type { Protocol } from '../cluster.ts'

export interface ServiceTable {
  /** Whose it is. */
  plane: 'OVN-Kubernetes' | 'Antrea' | 'Calico’s eBPF data plane'
  frontends: readonly TableFrontend[]
  /** `asked`: all that stands at these addresses or at these ports, and nothing else. */
  extent: { kind: 'all' | 'part' } | { kind: 'asked'; addresses: ReadonlySet<string>; ports: ReadonlySet<number> }
}

export interface TableFrontend {
  protocol: Protocol
  address: string
  port: number
  backends: readonly { address: string; port: number }[]
  /** False where some of its backends may not be in the text. */
  whole: boolean
  source: { command: string; file: string; line: number; text: string }
}
