import type { Analyzer } from '../case.ts'
import { localhostNodePort } from './node-ports/localhost-node-port.ts'
import { nodePortTaken } from './node-ports/node-port-taken.ts'

export const NODE_PORTS: readonly Analyzer[] = [nodePortTaken, localhostNodePort]
