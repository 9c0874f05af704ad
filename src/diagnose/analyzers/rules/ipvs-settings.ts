import { proxiesOn } from '../../../proxies/on-node.ts'
import { type Analyzer, familiesOf, ofNodes, sysctlEvidence, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** Settings of the kernel that do not fit the proxy. */
export const ipvsSettings: Analyzer = {
  code: 'SVP331',
  needs: (seen) => ofNodes(seen, 'the kernel settings', ({ sysctls }) => sysctls === null),
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path, state }) => {
      const entries = path.entries.filter(({ kind }) => kind !== 'podIP')
      const misfits = familiesOf(entries).flatMap((family) =>
        proxiesOn(state, family).all.flatMap((one) => one.misfits),
      )
      return [...new Map(misfits.map((one) => [one.key, one])).values()].map(
        ({ key, value, wanted, effect, loses }) => {
          const masqueraded = entries.filter((entry) =>
            entry.endpoints.some((one) => one.masquerade === 'yes' && one.probability > 0),
          )
          const lost = loses === 'masqueraded' && masqueraded.length > 0
          return {
            node: path.name,
            subject: key,
            message: `${key} is ${value} on ${path.name}: ${effect}`,
            evidence: [sysctlEvidence(path.name, key, value)],
            fix: onNode(path.name, `sysctl -w ${key}=${wanted}`, 'and keep it in /etc/sysctl.d'),
            ...(lost ? { severity: 'error' as const } : {}),
            hits: (lost ? masqueraded : entries).map((entry) => ({ node: path.name, entry })),
          }
        },
      )
    }),
}
