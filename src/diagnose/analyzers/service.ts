import type { Analyzer } from '../case.ts'
import { addressClaimedTwice } from './service/address-claimed-twice.ts'
import { duplicatePodIp } from './service/duplicate-pod-ip.ts'
import { endpointOnUnreadyNode } from './service/endpoint-on-unready-node.ts'
import { noReadyEndpoints } from './service/no-ready-endpoints.ts'
import { onlyTerminatingEndpoints } from './service/only-terminating-endpoints.ts'
import { readyPodNotInSlices } from './service/ready-pod-not-in-slices.ts'
import { selectorMatchesNothing } from './service/selector-matches-nothing.ts'
import { sliceNotFollowing } from './service/slice-not-following.ts'
import { stopsBeforeNodesKnow } from './service/stops-before-nodes-know.ts'
import { targetPortNotDeclared } from './service/target-port-not-declared.ts'
import { targetPortNotListening } from './service/target-port-not-listening.ts'
import { targetPortUnresolved } from './service/target-port-unresolved.ts'
import { zoneHintsNotUsed } from './service/zone-hints-not-used.ts'

export const SERVICE: readonly Analyzer[] = [
  selectorMatchesNothing,
  noReadyEndpoints,
  targetPortUnresolved,
  onlyTerminatingEndpoints,
  duplicatePodIp,
  endpointOnUnreadyNode,
  sliceNotFollowing,
  targetPortNotListening,
  addressClaimedTwice,
  targetPortNotDeclared,
  readyPodNotInSlices,
  stopsBeforeNodesKnow,
  zoneHintsNotUsed,
]
