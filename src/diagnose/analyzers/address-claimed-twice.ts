import { type Analyzer, apiEvidence } from '../case.ts'

/** Two services that hold one address or node port. */
export const addressClaimedTwice: Analyzer = {
  code: 'SVP109',
  find({ service, observation: { cluster } }) {
    const claims = (one: typeof service): string[] => [
      ...one.ports.flatMap(({ nodePort, protocol }) => (nodePort ? `node port ${nodePort}/${protocol}` : [])),
      ...[...one.externalIPs, ...one.loadBalancerIPs].flatMap((address) =>
        one.ports.map(({ port, protocol }) => `${address} port ${port}/${protocol}`),
      ),
    ]
    const own = new Set(claims(service))
    if (own.size === 0) return []
    return (cluster.services ?? []).flatMap((other) => {
      if (other.namespace === service.namespace && other.name === service.name) return []
      return claims(other)
        .filter((claim) => own.has(claim))
        .map((claim) => ({
          subject: claim,
          message: `${other.namespace}/${other.name} claims ${claim} too: one of the two gets the other's connections`,
          evidence: [apiEvidence(`kubectl get service -n ${other.namespace} ${other.name}`, claim)],
          fix: `give one of them another address or port`,
        }))
    })
  },
}
