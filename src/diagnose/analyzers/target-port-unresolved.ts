import { type Analyzer, apiEvidence, listed, plural } from '../case.ts'

/** A target port by a name that pods do not declare. */
export const targetPortUnresolved: Analyzer = {
  code: 'SVP103',
  find({ service, observation: { cluster } }) {
    const wanted = Object.entries(service.selector ?? {})
    if (!cluster.pods || wanted.length === 0) return []
    const pods = cluster.pods.filter(
      (pod) => pod.namespace === service.namespace && wanted.every(([key, value]) => pod.labels[key] === value),
    )
    return service.ports.flatMap(({ port, targetPort, protocol }) => {
      if (targetPort === null || /^\d+$/.test(targetPort)) return []
      const without = pods.filter(
        (pod) => !pod.containerPorts.some((one) => one.name === targetPort && one.protocol === protocol),
      )
      if (without.length === 0) return []
      const names = without.map(({ name }) => name)
      return [
        {
          subject: `port ${port}`,
          message: `${without.length} of ${plural(pods.length, 'pod')} ${without.length === 1 ? 'declares' : 'declare'} no ${protocol} port called ${targetPort} and ${without.length === 1 ? 'gets' : 'get'} no connection to port ${port} (${listed(names)})`,
          evidence: [
            apiEvidence(
              `kubectl get pod -n ${service.namespace} ${names[0]} -o yaml`,
              `no container port named ${targetPort}`,
            ),
          ],
          fix: `name a container port ${targetPort}, or set targetPort to a number`,
        },
      ]
    })
  },
}
