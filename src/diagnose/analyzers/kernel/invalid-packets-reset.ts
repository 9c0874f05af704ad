import { type Analyzer, familiesOf, proxiedNodes, sysctlEvidence } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { counterEvidence, growthOf, rate, sinceThen, span } from '../../growth.ts'
import { forwardsInvalid, LIBERAL } from '../../invalid-packets.ts'

const COUNTER = 'nf_conntrack invalid'

/** A few are normal at any time: what arrives after a connection has ended is INVALID, too. */
const MANY_PER_SECOND = 10

/** Packets that leave the node untranslated because connection tracking calls them INVALID. */
export const invalidPacketsReset: Analyzer = {
  code: 'SVP409',
  beyond: true,
  find: (seen) =>
    proxiedNodes(seen).flatMap(({ path, state }) => {
      if (!forwardsInvalid(state, familiesOf(path.entries))) return []
      const growth = growthOf(state)
      const now = growth?.of(COUNTER) ?? null
      const grows = growth !== null && now !== null && now >= MANY_PER_SECOND * growth.seconds
      const [readNow] = counterEvidence(state, 'conntrack -S', [COUNTER])
      const invalid = state.conntrackStats?.invalid ?? 0
      const counted = grows
        ? `in ${span(growth)}, conntrack on ${path.name} called ${now} packets INVALID (${rate(now, growth)})`
        : `since ${path.name} booted, conntrack called ${invalid} packets INVALID`
      const few =
        growth && now ? `; now it calls few so (${rate(now, growth)})` : sinceThen(now === null ? null : growth)
      return [
        {
          node: path.name,
          subject: 'conntrack',
          severity: grows ? ('warning' as const) : ('info' as const),
          message: `${counted}, and no rule drops such packets: they are forwarded without translation, and the receiver answers with a reset; long transfers may break off${grows ? '' : few}`,
          evidence: [
            growth && readNow
              ? readNow
              : {
                  node: path.name,
                  command: 'conntrack -S',
                  file: `nodes/${path.name}/conntrack-stats.txt`,
                  line: null,
                  text: `invalid=${invalid}`,
                },
            sysctlEvidence(path.name, LIBERAL, '0'),
          ],
          fix: onNode(path.name, `sysctl -w ${LIBERAL}=1`, 'first see with conntrack -S whether invalid= still grows'),
        },
      ]
    }),
}
