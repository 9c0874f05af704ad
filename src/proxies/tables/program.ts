/** How the programs behind the service tables are looked after: from where kubectl is. */
import type { Family } from '../../model/address.ts'
import type { ServiceTable } from '../../model/dataplanes/service-table.ts'
import type { NodeState } from '../../model/node.ts'
import { sh } from '../../model/shell.ts'
import type { Program } from '../proxy.ts'
import { tableProxies } from './proxy.ts'

/** What writes the table that serves on a node; null where none was read. */
export function planeProgram(node: NodeState, family: Family): Program | null {
  const [table] = tableProxies(node, family)
  return PROGRAMS.get((table?.name ?? '') as ServiceTable['plane']) ?? null
}

/** The namespace of its pods is not the same everywhere: they are found by their label. */
const programOf = (name: string, label: string, container: string): Program => ({
  name,
  restart: (node) => ({
    run: sh`kubectl get pods -A -l ${label} --field-selector ${`spec.nodeName=${node}`}`,
    note: `delete the pod of ${name} that it lists, and it starts anew`,
  }),
  log: (node) => ({
    run: sh`kubectl get pods -A -l ${label} --field-selector ${`spec.nodeName=${node}`}`,
    note: `read the log of its container ${container} with kubectl logs`,
  }),
  answers: null,
  standstill: () => null,
})

const PROGRAMS = new Map<ServiceTable['plane'], Program>([
  ['OVN-Kubernetes', programOf('ovnkube-node', 'app=ovnkube-node', 'ovnkube-controller')],
  ['Antrea', programOf('antrea-agent', 'component=antrea-agent', 'antrea-agent')],
  ['Calico’s eBPF data plane', programOf('calico-node', 'k8s-app=calico-node', 'calico-node')],
])
