import type { Node } from '../../model/cluster.ts'
import type { Fields, Note } from './fields.ts'
import { fieldsIn, objectsIn, textIn, textsIn } from './fields.ts'
import { readyCondition } from './pod.ts'

/** Reads a v1 Node. */
export function readNode(object: Fields, name: string, note: Note): Node {
  const spec = fieldsIn(object, 'spec', note)
  const status = fieldsIn(object, 'status', note)
  const labels = fieldsIn(fieldsIn(object, 'metadata', note), 'labels', note)
  const zone = textIn(labels, 'topology.kubernetes.io/zone', note)
  const podCIDRs = textsIn(spec, 'podCIDRs', note)
  const info = fieldsIn(status, 'nodeInfo', note)
  const [kernel, kubelet] = [textIn(info, 'kernelVersion', note), textIn(info, 'kubeletVersion', note)]
  return {
    name,
    addresses: objectsIn(status, 'addresses', note).flatMap((fields) => {
      const [type, address] = [textIn(fields, 'type', note), textIn(fields, 'address', note)]
      return type === null || address === null ? [] : [{ type, address }]
    }),
    podCIDRs: podCIDRs.length > 0 ? [...podCIDRs] : [textIn(spec, 'podCIDR', note) ?? []].flat(),
    ...(zone === null ? {} : { zone }),
    // A kubelet that was not heard of for a while leaves Unknown (node_lifecycle_controller.go), which kubectl prints as NotReady, too.
    ready: isUnknown(status, note) ? false : readyCondition(status, note),
    operatingSystem: textIn(info, 'operatingSystem', note),
    ...(kernel ? { kernel } : {}),
    ...(kubelet ? { kubelet } : {}),
  }
}

const isUnknown = (status: Fields, note: Note): boolean =>
  objectsIn(status, 'conditions', note).some((one) => one.type === 'Ready' && one.status === 'Unknown')
