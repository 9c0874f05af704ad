import { Flags } from '@oclif/core'
import { usageError } from '../errors.ts'
import type { WayName } from '../reach/way.ts'
import { milliseconds } from './kube.ts'

const group = 'NODES'
const ssh = 'SSH'

/** How to get onto the nodes, and onto which. */
export const reachFlags = {
  via: Flags.string({
    helpGroup: group,
    options: ['auto', 'exec', 'debug', 'ssh', 'local'],
    default: 'auto',
    description:
      'way onto the nodes: exec into a pod that already runs there, a debug pod, SSH, or this machine is the node; ' +
      'auto: exec where it works, else a debug pod',
  }),
  node: Flags.string({
    aliases: ['nodes'],
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    helpValue: 'NAME',
    description: 'only this node; may be given several times',
  }),
  'all-nodes': Flags.boolean({ helpGroup: group, description: 'read every node, however many there are' }),
  concurrency: Flags.integer({
    helpGroup: group,
    default: 20,
    min: 1,
    max: 500,
    helpValue: 'N',
    description: 'how many nodes are read at a time',
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
    description: 'label selector of the pods to exec into (host network, with the tools)',
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
    description: 'make the debug pods privileged, where single capabilities do not suffice',
  }),
  'ssh-user': Flags.string({ helpGroup: ssh, helpValue: 'USER', description: 'user on the nodes' }),
  'ssh-key': Flags.string({
    helpGroup: ssh,
    helpValue: 'FILE',
    multiple: true,
    multipleNonGreedy: true,
    description: 'private key; may be given several times (default: ~/.ssh/config, the agent, ~/.ssh/id_*)',
  }),
  'ssh-jump': Flags.string({
    helpGroup: ssh,
    helpValue: '[USER@]HOST[:PORT],…',
    description: 'bastions to go through, outermost first',
  }),
  'ssh-address': Flags.string({
    helpGroup: ssh,
    default: 'internal',
    helpValue: 'WHICH',
    description: "which of a node's addresses: internal, external, hostname, or a template like {name}.example.com",
  }),
  'ssh-known-hosts': Flags.string({
    helpGroup: ssh,
    helpValue: 'FILE',
    description: 'known_hosts file to check host keys by',
  }),
  'ssh-accept-new': Flags.boolean({
    helpGroup: ssh,
    description: 'accept and store the key of a host that is not known yet; a changed key is always refused',
  }),
  quiet: Flags.boolean({ char: 'q', description: 'no progress on stderr; errors and warnings still are' }),
}

export interface ReachFlagValues {
  via: string
  node?: string[] | undefined
  'all-nodes': boolean
  concurrency: number
  'node-timeout': string
  'exec-selector'?: string | undefined
  image?: string | undefined
  'debug-namespace': string
  'debug-privileged': boolean
  'ssh-user'?: string | undefined
  'ssh-key'?: string[] | undefined
  'ssh-jump'?: string | undefined
  'ssh-address': string
  'ssh-known-hosts'?: string | undefined
  'ssh-accept-new': boolean
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
  debug: { image: string | undefined; namespace: string; privileged: boolean }
  ssh: {
    user: string | undefined
    keyFiles: readonly string[]
    jump: string | undefined
    address: string
    knownHostsFile: string | undefined
    acceptNew: boolean
  }
}

/** Throws a usage error for flags that contradict each other or hold no time. */
export function reachOptions(flags: ReachFlagValues): ReachOptions {
  const nodeTimeoutMs = milliseconds('--node-timeout', flags['node-timeout'])
  if (nodeTimeoutMs < 100) throw usageError('--node-timeout is too short', 'a node needs a second or more')
  return {
    via: flags.via as ReachOptions['via'],
    nodes: flags.node ?? [],
    allNodes: flags['all-nodes'],
    concurrency: flags.concurrency,
    nodeTimeoutMs,
    execSelector: flags['exec-selector'],
    debug: { image: flags.image, namespace: flags['debug-namespace'], privileged: flags['debug-privileged'] },
    ssh: {
      user: flags['ssh-user'],
      keyFiles: flags['ssh-key'] ?? [],
      jump: flags['ssh-jump'],
      address: flags['ssh-address'],
      knownHostsFile: flags['ssh-known-hosts'],
      acceptNew: flags['ssh-accept-new'],
    },
  }
}
