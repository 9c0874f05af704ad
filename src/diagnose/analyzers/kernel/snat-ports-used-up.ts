import type { NodeState } from '../../../model/node.ts'
import { type Analyzer, type Draft, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { counterEvidence, growthOf, rate, span } from '../../growth.ts'
import { type CrowdedSource, crowdedSources } from '../../snat-ports.ts'

const FAILED = 'nf_conntrack insert_failed'

/** Masqueraded connections to one endpoint that use nearly all source ports which they may have. */
export const snatPortsUsedUp: Analyzer = {
  code: 'SVP414',
  find: (seen) => {
    const own = new Set((seen.endpoints ?? []).map(({ address }) => address))
    return walkedNodes(seen).flatMap(({ state }) =>
      crowdedSources(state)
        .filter(({ address }) => own.has(address))
        .map((crowd) => draftOf(state, crowd)),
    )
  },
}

function draftOf(state: NodeState, { source, endpoint, used, range: { from, to } }: CrowdedSource): Draft {
  const { name } = state
  const growth = growthOf(state)
  const failed = growth?.of(FAILED) ?? null
  return {
    node: name,
    subject: endpoint,
    severity: failed ? 'error' : 'warning',
    message: `masqueraded connections from ${source} on ${name} to ${endpoint} use ${used} of ${to - from + 1} source ports${
      growth && failed
        ? `, and in ${span(growth)} ${failed} connections could not be inserted into conntrack (${rate(failed, growth)}): new ones time out`
        : ': when none is left, new connections time out'
    }`,
    evidence: [
      {
        node: name,
        command: 'conntrack -L',
        file: `nodes/${name}/conntrack.txt`,
        line: null,
        text: `${used} entries from ${source} to ${endpoint}, source ports ${from}-${to}`,
      },
      ...(growth ? counterEvidence(state, 'conntrack -S', [FAILED]) : []),
    ],
    fix: onNode(
      name,
      'conntrack -L -o extended',
      'who opens them? Let clients reuse connections (keep-alive, a pool); more endpoints, more nodes to come in by, or externalTrafficPolicy: Local, which does not masquerade, share the load',
    ),
  }
}
