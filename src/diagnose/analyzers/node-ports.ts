import type { Analyzer } from '../case.ts'
import { localhostNodePort } from './node-ports/localhost-node-port.ts'

export const NODE_PORTS: readonly Analyzer[] = [localhostNodePort]
