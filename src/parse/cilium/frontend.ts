/** Places as Cilium spells them. */

import type { Protocol } from '../../model/cluster.ts'
import type { CiliumFrontend } from '../../model/dataplanes/cilium.ts'
import { readHostPort } from '../ipvs/address.ts'

/** `10.96.0.10:53`, `10.96.0.10:53/UDP`, each with `/i` for the internal scope. Null for anything else. */
export function readFrontend(text: string): CiliumFrontend | null {
  const [, where, protocol, internal] = /^(\S+?:\d+)(?:\/(TCP|UDP|SCTP|ANY|NONE))?(\/i)?$/i.exec(text) ?? []
  const place = where === undefined ? null : readHostPort(where)
  return place && { ...place, protocol: protocolOf(protocol), scope: internal ? 'internal' : 'external' }
}

/** Before 1.17 or so one frontend took all protocols of a port, and said NONE or ANY of it, or nothing. */
export function protocolOf(text: string | null | undefined): Protocol | null {
  const word = text?.toUpperCase()
  return word === 'TCP' || word === 'UDP' || word === 'SCTP' ? word : null
}
