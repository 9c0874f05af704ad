import { sh } from '../../../model/shell.ts'
import { idleFor } from '../../../proxies/on-node.ts'
import { type Analyzer, entryText, ofNodes, walkedEntries } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** What a proxy has for a service, and no packet comes to. */
export const virtualAddressNotBound: Analyzer = {
  code: 'SVP327',
  needs: (seen) => ofNodes(seen, 'the addresses', ({ links, routes }) => links === null && routes === null),
  find: (seen) =>
    walkedEntries(seen).flatMap(({ node, entry, state }) => {
      const idle = entry.outcome === 'none' && entry.kind !== 'podIP' ? idleFor(state, entry) : null
      if (!idle) return []
      const { reason, ...evidence } = idle
      const bits = entry.address.includes(':') ? 128 : 32
      return [
        {
          node,
          subject: entryText(entry),
          message: `${reason}: clients get no answer or "no route to host"`,
          evidence: [
            { node, ...evidence },
            { node, command: 'ip route show table local', file: '', line: null, text: `no local ${entry.address}` },
          ],
          fix: onNode(
            node,
            sh`ip addr add ${`${entry.address}/${bits}`} dev kube-ipvs0`,
            'then find out what took it away: NetworkManager and systemd-networkd must leave kube-ipvs0 alone',
          ),
          hits: [{ node, entry }],
        },
      ]
    }),
}
