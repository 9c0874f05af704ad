import type { Pod, ServicePort } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, type Case, listed } from '../../case.ts'
import { withNote } from '../../fix.ts'
import { isLeaving, selectedPods } from '../../pods.ts'
import { isHeard } from '../../sockets.ts'

/** A target port by a number that no container declares, where containers declare others. */
export const targetPortNotDeclared: Analyzer = {
  code: 'SVP110',
  find(seen) {
    const { service } = seen
    // Of a headless service DNS gives addresses: which port of them is called, clients decide.
    if (service.headless) return []
    const pods = selectedPods(seen).filter((pod) => !isLeaving(pod) && !pod.untold?.includes('containerPorts'))
    return service.ports.flatMap((port) => {
      const wanted = port.targetPort === null ? Number.NaN : Number(port.targetPort)
      // To declare ports is up to the author: who declares none says nothing by it.
      const telling = pods.filter(({ containerPorts }) => containerPorts.length > 0)
      if (Number.isNaN(wanted) || telling.length === 0 || telling.length < pods.length) return []
      if (telling.some((pod) => declares(pod, wanted, port)) || isListenedOn(seen, wanted, port)) return []
      return [draftOf(seen, wanted, port, telling)]
    })
  },
}

const declares = ({ containerPorts }: Pod, wanted: number, { protocol }: ServicePort): boolean =>
  containerPorts.some((one) => one.port === wanted && one.protocol === protocol)

/** Somebody may listen where nothing is declared: sockets are proof. */
const isListenedOn = (seen: Case, wanted: number, { protocol }: ServicePort): boolean =>
  (seen.endpoints ?? []).some((one) => one.port === wanted && one.protocol === protocol && isHeard(seen, one))

function draftOf({ service }: Case, wanted: number, { port, protocol }: ServicePort, pods: readonly Pod[]) {
  const { namespace, name } = service
  const [first] = pods
  const declared = [...new Set(pods.flatMap(({ containerPorts }) => containerPorts.map(portText)))]
  const target = `${wanted}/${protocol.toLowerCase()}`
  const who = pods.length === 1 ? `the pod ${first!.name}` : `its ${pods.length} pods`
  return {
    subject: `port ${target}`,
    message: `port ${port} leads to port ${target}, which no container of ${who} declares (declared: ${listed(declared, 6)}): if no process listens there, every connection is refused`,
    evidence: [
      apiEvidence(
        sh`kubectl get pod -n ${namespace} ${first!.name} -o jsonpath={.spec.containers[*].ports}`,
        `declared: ${declared.join(', ')}`,
      ),
    ],
    fix: withNote(
      sh`kubectl edit service -n ${namespace} ${name}`,
      `set targetPort to the port that the program listens on; kubectl port-forward ${sh`-n ${namespace} ${first!.name}`} :${wanted} tries this one`,
    ),
  }
}

/** `8080/tcp http` */
const portText = ({ port, protocol, name }: Pod['containerPorts'][number]): string =>
  [`${port}/${protocol.toLowerCase()}`, name].filter(Boolean).join(' ')
