/** Who there is in the lab, and where. */
export type Family = 4 | 6

export const PLACES = ['node', 'pod', 'outside', 'endpoint1', 'endpoint2', 'world'] as const
export type Place = (typeof PLACES)[number]

/** The third number of everybody's network, where the node has `.1` and they have `.2`. */
export const NETWORKS = { pod: 1, outside: 2, endpoint1: 3, endpoint2: 4, world: 5 } as const
export type Host = keyof typeof NETWORKS

/** Where everything is; endpoint1 has a second address, `.3`, and the node one in each network. */
export const ADDRESSES = { 4: addressesIn((n) => `10.1.${n}.`), 6: addressesIn((n) => `fd00:${n}::`) }

function addressesIn(network: (number: number) => string): Record<Place, string> {
  const at = (host: Host) => `${network(NETWORKS[host])}2`
  return {
    node: `${network(NETWORKS.outside)}1`,
    pod: at('pod'),
    outside: at('outside'),
    endpoint1: at('endpoint1'),
    endpoint2: at('endpoint2'),
    world: at('world'),
  }
}

/** The node's interface towards each; the pod is behind a bridge, whose packets br_netfilter shows to iptables. */
export const DEVICES: Record<Place, string> = {
  node: 'lo',
  pod: 'cni0',
  outside: 'eth0',
  endpoint1: 'veth1',
  endpoint2: 'veth2',
  world: 'eth1',
}

/** What rules ask for and translate to; everybody listens on these and on the node port, for TCP and UDP. */
export const PORTS = [80, 443, 8080, 8443] as const
export const NODE_PORT = 30080

/** Addresses of services; nothing has them. */
export const SERVICES = { 4: ['10.96.0.1', '10.96.0.2', '10.96.0.3'], 6: ['fd00:96::1', 'fd00:96::2', 'fd00:96::3'] }

/** Services have their addresses here; untranslated, their packets go to `world`, the node's own router. */
export const SERVICE_NETWORK = { 4: '10.96.0.0/16', 6: 'fd00:96::/64' } as const

/** The addresses from which a place answers what is sent to them. */
export function answering(place: Place): string[] {
  const both = [4, 6] as const
  const own = both.map((family) => ADDRESSES[family][place])
  if (place === 'node')
    return [
      '127.0.0.1',
      '::1',
      ...both.flatMap((family) => Object.keys(NETWORKS).map((host) => routerTo(family, host as Host))),
    ]
  if (place === 'endpoint1') return own.flatMap((address) => [address, address.replace(/2$/, '3')])
  return own
}

/** The node's address in a host's network. */
const routerTo = (family: Family, host: Host): string => ADDRESSES[family][host].replace(/2$/, '1')
