import type { Family } from '../../model/address.ts'
import type { NodeState } from '../../model/node.ts'
import { sh } from '../../model/shell.ts'
import type { FullTable } from '../proxy.ts'

/**
 * Sets of a proxy's that take no more members: the kernel refuses the next (IPSET_ERR_HASH_FULL in ip_set_hash_gen.h). Where members leave by themselves the
 * next moment may have room again.
 */
export const fullSets = ({ ipsets }: NodeState, family: Family): FullTable[] =>
  (ipsets ?? []).flatMap(({ name, family: own, most, members, timeout, source }) => {
    const count = members?.length ?? 0
    if (!OURS.test(name) || own !== family || !most || timeout !== null || count < most) return []
    return [
      {
        name: `the ipset ${name}`,
        source: {
          command: 'ipset save',
          file: source.file,
          line: source.line,
          text: `${source.text.trim()} (${count} members)`,
        },
        remedy: sh`ipset list ${name} -terse`.concat(
          '  # its program made it with this limit; remove services that are not needed, or use a mode of kube-proxy without ipsets',
        ),
      },
    ]
  })

/** pkg/proxy/ipvs/ipset.go of kube-proxy, and kube-router's. */
const OURS = /^(KUBE-|(inet6:)?kube-router-)/
