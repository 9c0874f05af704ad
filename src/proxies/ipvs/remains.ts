/** What IPVS mode left on a node whose proxy writes rules now. */
import { type Family, familyOf } from '../../model/address.ts'
import type { NodeState } from '../../model/node.ts'
import { sh } from '../../model/shell.ts'
import type { Remains } from '../proxy.ts'
import { SERVICE_LINKS } from './names.ts'

/**
 * The link that held the services' addresses, as long as it does: neither mode of kube-proxy takes away what the other made (k/k#75360). Virtual servers alone may be
 * somebody else's.
 */
export function remainsOfIpvs({ name, links, ipvs }: NodeState, family: Family): Remains | null {
  const link = links?.find((one) => SERVICE_LINKS.has(one.name) && addressesOf(one, family).length > 0)
  if (!link) return null
  const addresses = addressesOf(link, family)
  const servers = ipvs?.servers.filter((one) => one.family === family).length ?? 0
  const kept = `${addresses.length} service ${addresses.length === 1 ? 'address' : 'addresses'}`
  const beside = servers > 0 ? `, and IPVS has ${servers} virtual server${servers === 1 ? '' : 's'}` : ''
  return {
    subject: link.name,
    message: `${link.name} on ${name} still holds ${kept}${beside}, although rules translate there now: rules come first, but what no rule takes stays on ${name}`,
    evidence: {
      command: sh`ip addr show ${link.name}`,
      text: `${addresses.slice(0, 3).join(', ')}${addresses.length > 3 ? ' …' : ''}`,
    },
    remove: sh`ip link delete ${link.name}`,
    note: 'then ipvsadm -Ln shows the virtual servers that are left; rebooting the node removes both',
  }
}

const addressesOf = ({ addresses }: { addresses: readonly { address: string }[] }, family: Family): string[] =>
  addresses.map(({ address }) => address).filter((one) => familyOf(one) === family && !one.startsWith('fe80:'))
