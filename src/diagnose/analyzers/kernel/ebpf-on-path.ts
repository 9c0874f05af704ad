import { programsOnWay } from '../../../trace/programs.ts'
import { type Analyzer, listed, walkedEntries } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** Programs that see the packets outside the rules: those of a node are one doubt. */
export const ebpfOnPath: Analyzer = {
  code: 'SVP415',
  find(seen) {
    const met = walkedEntries(seen).flatMap(({ node, entry, state }) =>
      programsOnWay(seen.observation, state, entry).map((one) => ({ ...one, hit: { node, entry } })),
    )
    return [...Map.groupBy(met, ({ node }) => node)].map(([node, all]) => {
      const words = [...new Set(all.map((one) => one.words))]
      const links = [...new Set(all.flatMap(({ program }) => program.device ?? program.cgroup ?? []))]
      const programs = [
        ...new Map(all.map(({ program }) => [`${program.source.text} ${program.place}`, program])).values(),
      ]
      return {
        node,
        subject: listed(words),
        message: `${listed(words)} ${words.length === 1 ? 'sees' : 'see'} this service's packets on ${node}${links.length > 0 ? ` at ${listed(links)}` : ''}: svcpath cannot read what it does with them, so the path is not certain`,
        evidence: programs.slice(0, 5).map(({ source }) => ({ node, ...source })),
        fix: onNode(
          node,
          'bpftool net show; bpftool cgroup tree',
          'shows the programs; ask the tool that attached them',
        ),
        hits: all.map(({ hit }) => hit),
      }
    })
  },
}
