/** A node, two clients and two endpoints as network namespaces of this machine, with the real kernel between them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Command, Probe, Report } from './agent.ts'

export type Place = 'node' | 'pod' | 'outside' | 'endpoint1' | 'endpoint2'

/** Where everything is, by family. `outside` also answers for every address that the node knows no better way to. */
export const ADDRESSES = {
  4: { node: '192.0.2.1', pod: '10.1.1.2', outside: '192.0.2.2', endpoint1: '10.1.3.2', endpoint2: '10.1.4.2' },
  6: { node: 'fd00:2::1', pod: 'fd00:1::2', outside: 'fd00:2::2', endpoint1: 'fd00:3::2', endpoint2: 'fd00:4::2' },
} as const satisfies Record<4 | 6, Record<Place, string>>
