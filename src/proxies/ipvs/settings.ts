/** Settings of the kernel under which virtual servers lose connections: kube-proxy sets them when it starts, and never again. */
import type { NodeState } from '../../model/node.ts'
import type { Misfit } from '../proxy.ts'

/** Those of a node that do not fit; none where the settings were not collected. */
export function misfitsOf({ sysctls, kernel }: NodeState): Misfit[] {
  return RULES.flatMap(({ key, value, wanted, when, ...told }) =>
    sysctls?.get(key) === value && (when?.(kernel) ?? true) ? [{ key, value, wanted, ...told }] : [],
  )
}

interface Rule extends Misfit {
  /** On which kernels; left out: on all. */
  when?: (kernel: string | null) => boolean
}

/** Mended in 5.9 by f0a5e4d7a594 ("ipvs: allow connection reuse for unconfirmed conntrack"); kube-proxy asks for the same version (proxier.go). */
const isBeforeReuse = (kernel: string | null): boolean => {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(kernel ?? '') ?? []
  return major !== undefined && (Number(major) < 5 || (Number(major) === 5 && Number(minor) < 9))
}

const RULES: readonly Rule[] = [
  {
    ...{ key: 'net.ipv4.vs.conntrack', value: '0', wanted: '1' },
    effect: 'connections through IPVS are not tracked, so they are never masqueraded',
    loses: 'masqueraded',
  },
  {
    ...{ key: 'net.ipv4.vs.expire_nodest_conn', value: '0', wanted: '1' },
    effect: 'connections to an endpoint that was removed hang until they time out, instead of being reset',
    loses: 'later',
  },
  {
    ...{ key: 'net.ipv4.vs.conn_reuse_mode', value: '1', wanted: '0' },
    effect:
      'a client that uses a source port again waits a second for its connection, unless the distribution fixed this kernel',
    loses: 'later',
    when: isBeforeReuse,
  },
]
