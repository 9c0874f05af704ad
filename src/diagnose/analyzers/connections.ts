import type { Analyzer } from '../case.ts'
import { connectionNotTranslated } from './connections/connection-not-translated.ts'
import { connectionToDeadEndpoint } from './connections/connection-to-dead-endpoint.ts'
import { connectionToDeletedService } from './connections/connection-to-deleted-service.ts'
import { fewConnections } from './connections/few-connections.ts'
import { skewedDistribution } from './connections/skewed-distribution.ts'

export const CONNECTIONS: readonly Analyzer[] = [
  connectionToDeadEndpoint,
  connectionNotTranslated,
  skewedDistribution,
  connectionToDeletedService,
  fewConnections,
]
