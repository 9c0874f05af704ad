import { Flags } from '@oclif/core'

const group = 'SSH'

/** How to connect to nodes by SSH, where ~/.ssh/config does not say it already. */
export const sshFlags = {
  'ssh-user': Flags.string({
    helpGroup: group,
    helpValue: 'NAME',
    description: 'user on the nodes; not root: sudo -n is used',
  }),
  'ssh-key': Flags.string({
    helpGroup: group,
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'FILE',
    description: 'key to offer before those of the agent; can be repeated',
  }),
  'ssh-jump': Flags.string({
    helpGroup: group,
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    helpValue: '[USER@]HOST[:PORT]',
    description: 'bastion to the nodes; several: nearest first',
  }),
  'ssh-address': Flags.string({
    helpGroup: group,
    default: 'internal',
    helpValue: 'internal|external|hostname|TEMPLATE',
    description:
      'which address of a node in the API, or a template: {name}.example.com; also {internal}, {external}, {hostname}',
  }),
  'ssh-config': Flags.string({
    helpGroup: group,
    helpValue: 'FILE',
    description: 'SSH configuration to use instead of ~/.ssh/config',
  }),
  'ssh-known-hosts': Flags.string({
    helpGroup: group,
    helpValue: 'FILE',
    description: 'host keys to trust, instead of the files in the configuration',
  }),
  'ssh-accept-new': Flags.boolean({
    helpGroup: group,
    description: 'trust and remember unknown host keys; a changed key is always refused',
  }),
}

export interface SshFlagValues {
  'ssh-user'?: string | undefined
  'ssh-key'?: string[] | undefined
  'ssh-jump'?: string[] | undefined
  'ssh-address': string
  'ssh-config'?: string | undefined
  'ssh-known-hosts'?: string | undefined
  'ssh-accept-new': boolean
}

export interface SshFlagOptions {
  user: string | undefined
  keys: readonly string[]
  jumps: readonly string[]
  address: string
  configFile: string | undefined
  knownHosts: string | undefined
  acceptNew: boolean
}

export const sshOptions = (flags: SshFlagValues): SshFlagOptions => ({
  user: flags['ssh-user'],
  keys: flags['ssh-key'] ?? [],
  jumps: flags['ssh-jump'] ?? [],
  address: flags['ssh-address'],
  configFile: flags['ssh-config'],
  knownHosts: flags['ssh-known-hosts'],
  acceptNew: flags['ssh-accept-new'],
})
