import { Flags } from '@oclif/core'
import type { KubeOptions } from '../kube/api.ts'
import { usageError } from '../model/errors.ts'

const group = 'CLUSTER'

/** What stands in it, and which it is by default, each verb has its own words for. */
export const namespaceFlag = (description: string) => Flags.string({ char: 'n', helpValue: 'NAME', description })

/** kubectl's own flags, under its own names. */
export const kubeFlags = {
  namespace: namespaceFlag("namespace of the service (default: the context's; of a recording: any)"),
  kubeconfig: Flags.string({ helpGroup: group, helpValue: 'FILE', description: 'kubeconfig to use' }),
  context: Flags.string({ helpGroup: group, helpValue: 'NAME', description: 'context of the kubeconfig' }),
  cluster: Flags.string({ helpGroup: group, helpValue: 'NAME', description: 'cluster of the kubeconfig' }),
  user: Flags.string({ helpGroup: group, helpValue: 'NAME', description: 'user of the kubeconfig' }),
  server: Flags.string({ char: 's', helpGroup: group, helpValue: 'URL', description: 'address of the API server' }),
  token: Flags.string({ helpGroup: group, helpValue: 'TOKEN', description: 'bearer token for the API server' }),
  as: Flags.string({ helpGroup: group, helpValue: 'USER', description: 'user to impersonate' }),
  'as-group': Flags.string({
    helpGroup: group,
    helpValue: 'GROUP',
    multiple: true,
    multipleNonGreedy: true,
    description: 'group to impersonate; can be repeated',
  }),
  'as-uid': Flags.string({ helpGroup: group, helpValue: 'UID', description: 'UID to impersonate' }),
  'certificate-authority': Flags.string({
    helpGroup: group,
    helpValue: 'FILE',
    description: 'certificate of the authority that signed the API server',
  }),
  'tls-server-name': Flags.string({
    helpGroup: group,
    helpValue: 'NAME',
    description: "name to expect in the API server's certificate",
  }),
  'insecure-skip-tls-verify': Flags.boolean({
    helpGroup: group,
    description: 'do not check the certificate of the API server',
  }),
  'request-timeout': Flags.string({
    helpGroup: group,
    helpValue: 'TIME',
    description: 'time limit of each call to the API: 5, 500ms, 5s, 1m (default: 15s)',
  }),
}

export interface KubeFlagValues {
  kubeconfig?: string | undefined
  context?: string | undefined
  cluster?: string | undefined
  user?: string | undefined
  server?: string | undefined
  token?: string | undefined
  as?: string | undefined
  'as-group'?: string[] | undefined
  'as-uid'?: string | undefined
  'certificate-authority'?: string | undefined
  'tls-server-name'?: string | undefined
  'insecure-skip-tls-verify'?: boolean | undefined
  'request-timeout'?: string | undefined
}

/** What the flags say about the API. Throws a usage error for a time that is none. */
export function kubeOptions(flags: KubeFlagValues): KubeOptions {
  const timeout = flags['request-timeout']
  return {
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    cluster: flags.cluster,
    user: flags.user,
    server: flags.server,
    token: flags.token,
    as: flags.as,
    asGroups: flags['as-group'],
    asUid: flags['as-uid'],
    certificateAuthority: flags['certificate-authority'],
    tlsServerName: flags['tls-server-name'],
    insecureSkipTlsVerify: flags['insecure-skip-tls-verify'],
    // kubectl's 0 is "no limit"; a limit there has to be, so it is the default.
    requestTimeoutMs: timeout === undefined ? undefined : milliseconds('--request-timeout', timeout) || undefined,
  }
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Reads `5` (seconds), `500ms`, `5s`, `1m30s`. */
export function milliseconds(flag: string, text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text)
    throw usageError(`${flag} ${text}: not a duration`, 'give seconds, or a number with a unit: 500ms, 5s, 1m')
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0)
}
