import { type Analyzer, apiEvidence } from '../case.ts'

/** One address, two pods. */
export const duplicatePodIp: Analyzer = {
  code: 'SVP105',
  find({ observation: { cluster }, endpoints }) {
    const pods = (cluster.pods ?? []).filter((pod) => !pod.hostNetwork)
    const addresses = new Set((endpoints ?? []).filter(({ ready }) => ready).map(({ address }) => address))
    return [...addresses].flatMap((address) => {
      const holders = pods.filter(({ ips }) => ips.includes(address))
      if (holders.length < 2) return []
      const names = holders.map(({ namespace, name }) => `${namespace}/${name}`)
      return [
        {
          subject: address,
          message: `the pods ${names.join(' and ')} hold one address: connections reach whichever the network knows`,
          evidence: holders.map(({ namespace, name, phase, node }) =>
            apiEvidence(
              `kubectl get pod -n ${namespace} ${name} -o wide`,
              `${name} ${phase ?? ''} ${address} on ${node ?? '?'}`,
            ),
          ),
          fix: `kubectl delete pod -n ${holders[0]!.namespace} ${holders[0]!.name}: of the two, the one that should not be`,
        },
      ]
    })
  },
}
