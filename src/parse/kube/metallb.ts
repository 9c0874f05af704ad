import type { Advertisement, Announcer } from '../../model/cluster.ts'
import type { Fields, Note } from './fields.ts'
import { fieldsIn, nameIn, objectsIn, textsIn } from './fields.ts'

/** Reads a ServiceL2Status: the speaker of a node writes it for a service that it announces. Null where it has none yet. */
export function readL2Status(object: Fields, note: Note): Announcer | null {
  const status = fieldsIn(object, 'status', note)
  const [node, service] = [nameIn(status, 'node', note), nameIn(status, 'serviceName', note)]
  const namespace = nameIn(status, 'serviceNamespace', note)
  return node !== null && service !== null && namespace !== null ? { node, service, namespace } : null
}

/** Reads an L2Advertisement or BGPAdvertisement. One that names no pool, and selects none by labels, is for all. */
export function readAdvertisement(object: Fields, by: Advertisement['by'], note: Note): Advertisement {
  const spec = fieldsIn(object, 'spec', note)
  if (objectsIn(spec, 'ipAddressPoolSelectors', note).length > 0) return { by, pools: null }
  const pools = textsIn(spec, 'ipAddressPools', note)
  return { by, pools: pools.length > 0 ? [...pools] : 'all' }
}
