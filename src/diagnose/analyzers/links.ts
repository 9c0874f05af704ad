import type { Analyzer } from '../case.ts'
import { addressRangesOverlap } from './links/address-ranges-overlap.ts'
import { hairpinOff } from './links/hairpin-off.ts'
import { linkDown } from './links/link-down.ts'
import { lostBetweenNodes } from './links/lost-between-nodes.ts'
import { mtuMismatch } from './links/mtu-mismatch.ts'
import { neighbourFailed } from './links/neighbour-failed.ts'
import { noRouteToEndpoint } from './links/no-route-to-endpoint.ts'
import { routeToWrongNode } from './links/route-to-wrong-node.ts'
import { routingRulesMissing } from './links/routing-rules-missing.ts'
import { vxlanChecksumOffload } from './links/vxlan-checksum-offload.ts'

export const LINKS: readonly Analyzer[] = [
  noRouteToEndpoint,
  routeToWrongNode,
  linkDown,
  mtuMismatch,
  hairpinOff,
  neighbourFailed,
  vxlanChecksumOffload,
  routingRulesMissing,
  addressRangesOverlap,
  lostBetweenNodes,
]
