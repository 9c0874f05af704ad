import { familyOf, joinHostPort } from '../../../model/address.ts'
import { proxiesOn } from '../../../proxies/on-node.ts'
import { type Analyzer, apiEvidence, listed, plural, slicesCommand, walkedEntries } from '../../case.ts'
import { restartProxy, withNote } from '../../fix.ts'

/** A ready endpoint that the proxy holds and gives nothing. */
export const readyEndpointWeightZero: Analyzer = {
  code: 'SVP328',
  find(seen) {
    const ready = (seen.endpoints ?? []).filter((one) => one.ready && !one.terminating)
    const resting = walkedEntries(seen).flatMap(({ node, entry, state }) => {
      const { all } = proxiesOn(state, familyOf(entry.address))
      return ready
        .filter((one) => one.portName === entry.portName && one.protocol === entry.protocol)
        .flatMap((endpoint) => {
          const [line] = all.flatMap((proxy) => proxy.resting(entry, endpoint) ?? [])
          return line ? [{ node, entry, endpoint, line }] : []
        })
    })
    const groups = Map.groupBy(resting, ({ node, entry }) => `${node} ${entry.portName} ${entry.protocol}`)
    return [...groups.values()].map((all) => {
      const { node, entry } = all[0]!
      const names = [...new Set(all.map(({ endpoint: { address, port: own } }) => joinHostPort(address, own)))]
      const one = names.length === 1
      return {
        node,
        subject: listed(names),
        subjects: names,
        message: `${plural(names.length, 'ready endpoint')} of port ${entry.port} (${listed(names)}) ${one ? 'has' : 'have'} weight 0 on ${node}: ${one ? 'it gets' : 'they get'} no new connections`,
        evidence: [
          ...all.slice(0, 3).map(({ line }) => ({ node, ...line })),
          ...names.slice(0, 3).map((name) => apiEvidence(slicesCommand(seen.service), `${name} ready`)),
        ],
        fix: withNote(restartProxy(seen, node), 'since 1.26 it corrects the weights when it starts'),
        hits: all.map(({ node: at, entry: hit }) => ({ node: at, entry: hit })),
      }
    })
  },
}
