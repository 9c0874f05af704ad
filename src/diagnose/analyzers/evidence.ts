import type { Analyzer } from '../case.ts'
import { matchNotUnderstood } from './evidence/match-not-understood.ts'
import { nodeNotSupported } from './evidence/node-not-supported.ts'
import { nodeUnreachable } from './evidence/node-unreachable.ts'

export const EVIDENCE: readonly Analyzer[] = [nodeUnreachable, matchNotUnderstood, nodeNotSupported]
