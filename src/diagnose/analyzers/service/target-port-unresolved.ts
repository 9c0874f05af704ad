import type { Pod, ServicePort } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, listed } from '../../case.ts'
import { withNote } from '../../fix.ts'
import { isLeaving, resolves, selectedPods } from '../../pods.ts'

/** A target port by a name that pods do not declare. */
export const targetPortUnresolved: Analyzer = {
  code: 'SVP103',
  find(seen) {
    const { service } = seen
    const { namespace, name } = service
    const pods = selectedPods(seen).filter((pod) => !isLeaving(pod))
    return service.ports.flatMap((one) => {
      const { port, targetPort } = one
      const without = pods.filter((pod) => !resolves(pod, one))
      if (without.length === 0) return []
      const [first] = without
      return [
        {
          // Of a headless service DNS gives the address, port or no port: the target port feeds SRV records only.
          ...(service.headless ? { severity: 'info' as const } : {}),
          subject: `port ${port}`,
          message: `${who(without, pods, one)} ${service.headless ? `no SRV record of port ${port}` : `no connection to port ${port}`}`,
          evidence: [
            apiEvidence(
              sh`kubectl get pod -n ${namespace} ${first!.name} -o yaml`,
              `no container port named ${targetPort}`,
            ),
          ],
          fix: withNote(
            sh`kubectl get pod -n ${namespace} ${first!.name} -o jsonpath={.spec.containers[*].ports}`,
            `name one of them ${targetPort} in the pod template, or set targetPort to a number: ${sh`kubectl edit service -n ${namespace} ${name}`}`,
          ),
        },
      ]
    })
  },
}

function who(without: readonly Pod[], pods: readonly Pod[], { targetPort, protocol }: ServicePort): string {
  const port = `${protocol} port called ${targetPort}`
  const names = without.map(({ name }) => name)
  if (pods.length === 1) return `the pod ${names[0]} declares no ${port} and gets`
  if (without.length === pods.length)
    return `none of ${pods.length} pods declares a ${port} (${listed(names)}): they get`
  const [declare, get] = without.length === 1 ? ['declares', 'gets'] : ['declare', 'get']
  return `${without.length} of ${pods.length} pods ${declare} no ${port} (${listed(names)}) and ${get}`
}
