import { sh } from '../../../model/shell.ts'
import {
  type Analyzer,
  type Case,
  endpointText,
  type Hit,
  ofNodes,
  ofPodSpaces,
  walkedEndpoints,
  walkedEntries,
  walkedNodes,
} from '../../case.ts'
import { onNode } from '../../fix.ts'

/** An interface of the path that is down. */
export const linkDown: Analyzer = {
  code: 'SVP503',
  needs: (seen) => [...ofNodes(seen, 'the interfaces', ({ links }) => links === null), ...ofPodSpaces(seen)],
  find(seen) {
    return walkedNodes(seen).flatMap(({ path: { name: node }, state }) =>
      (state.links ?? []).flatMap(({ name, up }) => {
        const hits = up ? [] : hitsOf(seen, node, name)
        if (!hits.some((hit) => hit.node === node)) return []
        return [
          {
            node,
            subject: name,
            subjects: [name, ...behind(seen, node, name)],
            message: `the interface ${name} is down on ${node}: what has to pass it is lost`,
            evidence: [
              {
                node,
                command: `ip link show ${name}`,
                file: `nodes/${node}/ip-link.json`,
                line: null,
                text: `${name} state DOWN`,
              },
            ],
            fix: onNode(node, sh`ip link set ${name} up`),
            hits,
          },
        ]
      }),
    )
  },
}

/** Everybody who is led by it: from its own node, and from others to pods behind it. */
const hitsOf = (seen: Case, node: string, name: string): Hit[] =>
  walkedEntries(seen).filter((one) =>
    one.entry.endpoints.some(({ probability, link }) => {
      if (probability === 0) return false
      const here = one.node === node ? link : link.remote?.node === node ? link.remote : null
      return here !== null && (here.interface === name || here.bridge === name)
    }),
  )

/** The endpoints that it leads to: a pod's or a bridge's interface to those of the node itself, an uplink to all others. A route goes with its interface. */
function behind(seen: Case, node: string, name: string): string[] {
  const own = walkedEndpoints(seen).filter((one) => one.node === node)
  const isLocal = ({ endpoint }: (typeof own)[number]) => endpoint.node === node
  const leads = ({ endpoint: { link } }: (typeof own)[number]) => link.interface === name || link.bridge === name
  const side = own.some((one) => isLocal(one) && leads(one))
  return [...new Set(own.filter((one) => isLocal(one) === side).map(({ endpoint }) => endpointText(endpoint)))]
}
