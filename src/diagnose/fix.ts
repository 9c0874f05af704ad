/** What mends a fault, fit to be pasted: commands, and behind a `#` where they are to be run and what to know. Else it is prose. */
import { familyOf } from '../model/address.ts'
import { sh } from '../model/shell.ts'
import { KUBE_PROXY } from '../proxies/kube-proxy/program.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import type { Command, Program } from '../proxies/proxy.ts'
import type { Case } from './case.ts'

/** A command for where kubectl is. */
export const withNote = (command: string, note: string): string => `${command}  # ${inOneLine(note)}`

/** A comment ends where its line does: no name may end it. */
const inOneLine = (note: string): string => note.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '\uFFFD')

/** How the log of what writes the slices is read. */
export const READ_CONTROLLER_LOG = withNote(
  'kubectl logs -n kube-system -l component=kube-controller-manager --tail=100',
  'it runs the endpoints controllers; a managed cluster keeps its log elsewhere',
)

/** A command for a root shell on a node. */
export const onNode = (node: string, command: string, note?: string): string =>
  withNote(command, `on ${node}${note ? `; ${note}` : ''}`)

/** `kube-system/coredns-1` as kubectl takes it. */
export function podWords(pod: string): string {
  const [namespace, name] = pod.split('/')
  return sh`-n ${namespace ?? ''} ${name ?? ''}`
}

/** How the proxy of one node is started anew: by its pod, where one is known. */
export const restartProxy = (seen: Case, node: string): string =>
  asText(programOn(seen, node).restart(nodeWord(seen, node), seen.observation.cluster.pods ?? []))

/** How its log is read. */
export const readProxyLog = (seen: Case, node: string): string =>
  asText(programOn(seen, node).log(nodeWord(seen, node), seen.observation.cluster.pods ?? []))

/** A node as a command takes it: one whose name nobody knows as a placeholder, which no cluster has as a name. */
export const nodeWord = ({ observation: { nodes } }: Case, node: string): string =>
  nodes.some(({ name, unnamed }) => unnamed && name === node) ? 'NODE' : node

const asText = ({ run, note }: Command): string => (note === null ? run : withNote(run, note))

function programOn({ observation: { nodes }, report }: Case, node: string): Program {
  const state = nodes.find(({ name }) => name === node)
  const [first] = report.service.clusterIPs
  return state ? proxiesOn(state, familyOf(first ?? '')).program : KUBE_PROXY
}
