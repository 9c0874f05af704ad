import { Flags } from '@oclif/core'
import { usageError } from '../model/errors.ts'
import type { WayName } from '../model/way.ts'
import { milliseconds } from './kube.ts'
import { type SshFlagOptions, type SshFlagValues, sshFlags, sshOptions } from './ssh.ts'

const group = 'NODES'

/** The way onto the nodes that is taken where nobody names one. */
export function viaFlag(usual: 'auto' | 'exec') {
  return Flags.string({
    helpGroup: group,
    options: ['auto', 'exec', 'debug', 'ssh', 'local'],
    default: usual,
    description:
      'how to reach the nodes: exec into a pod that already runs there, a debug pod, ssh, or local (this machine is the node); ' +
      'auto: exec if it works, else a debug pod',
  })
}

/** How to get onto the nodes, and onto which. */
export const reachFlags = {
  via: viaFlag('auto'),
  node: Flags.string({
    aliases: ['nodes'],
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    helpValue: 'NAME',
    description: 'only this node; can be repeated',
  }),
  'all-nodes': Flags.boolean({ helpGroup: group, description: 'read every node, even if there are many' }),
  concurrency: Flags.integer({
    helpGroup: group,
    default: 20,
    min: 1,
    max: 500,
    helpValue: 'N',
    description: 'how many nodes to read at the same time',
  }),
  'node-timeout': Flags.string({
    helpGroup: group,
    default: '30s',
    helpValue: 'TIME',
    description: 'time limit of each node',
  }),
  'exec-selector': Flags.string({
    helpGroup: group,
    helpValue: '[NAMESPACE/]SELECTOR',
    description: 'label selector of the pods to exec into (they need the host network and the tools)',
  }),
  image: Flags.string({ helpGroup: group, helpValue: 'IMAGE', description: 'image of the debug pods' }),
  'debug-namespace': Flags.string({
    helpGroup: group,
    default: 'kube-system',
    helpValue: 'NAME',
    description: 'namespace of the debug pods',
  }),
  'debug-privileged': Flags.boolean({
    helpGroup: group,
    description: 'make the debug pods privileged, if single capabilities are not enough',
  }),
  growth: Flags.boolean({
    allowNo: true,
    default: true,
    helpGroup: group,
    description:
      'if counters since boot point to a fault (lost connections, dropped packets), read them again after two seconds to see whether they still grow',
  }),
  ...sshFlags,
  quiet: Flags.boolean({ char: 'q', description: 'hide progress (errors and warnings still show)' }),
}

export interface ReachFlagValues extends SshFlagValues {
  via: string
  node?: string[] | undefined
  'all-nodes': boolean
  concurrency: number
  'node-timeout': string
  'exec-selector'?: string | undefined
  image?: string | undefined
  'debug-namespace': string
  'debug-privileged': boolean
  growth: boolean
  quiet: boolean
}

/** How the nodes are reached: what the flags say, in the program's own words. */
export interface ReachOptions {
  via: WayName | 'auto'
  nodes: readonly string[]
  allNodes: boolean
  concurrency: number
  nodeTimeoutMs: number
  execSelector: string | undefined
  /** Counters that point to a fault are read twice. */
  growth: boolean
  debug: {
    image: string | undefined
    namespace: string
    privileged: boolean
    /** Each pod is kept for all looks of the run, for so many seconds at most; absent: it is removed after its look. */
    keepSeconds?: number
  }
  ssh: SshFlagOptions
}

/** Throws a usage error for flags that contradict each other or hold no time. */
export function reachOptions(flags: ReachFlagValues): ReachOptions {
  const nodeTimeoutMs = milliseconds('--node-timeout', flags['node-timeout'])
  if (nodeTimeoutMs < 100) throw usageError('--node-timeout is too short', 'a node needs at least a second')
  return {
    via: flags.via as ReachOptions['via'],
    nodes: flags.node ?? [],
    allNodes: flags['all-nodes'],
    concurrency: flags.concurrency,
    nodeTimeoutMs,
    execSelector: flags['exec-selector'],
    debug: { image: flags.image, namespace: flags['debug-namespace'], privileged: flags['debug-privileged'] },
    growth: flags.growth,
    ssh: sshOptions(flags),
  }
}
