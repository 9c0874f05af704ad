/** The rules that kube-proxy 1.36 in its nftables mode makes of random services. */
import { ADDRESSES, type Family, SERVICE_NETWORK } from './places.ts'
import { PODS, type ServiceSpec } from './services.ts'

export function kubeNftText(family: Family, specs: readonly ServiceSpec[]): string {
  const ip = family === 4 ? 'ip' : 'ip6'
  const type = family === 4 ? 'ipv4_addr' : 'ipv6_addr'
  const parts = specs.map((spec, i) => partsOf(spec, `${i}`, ip, family))
  const all = <K extends keyof Parts>(kind: K) => parts.flatMap((part) => part[kind] as string[])
  const map = (name: string, key: string, elements: string[]) =>
    `  map ${name} { type ${key} : verdict; ${elements.length > 0 ? `elements = { ${elements.join(', ')} };` : ''} }\n`
  const set = (name: string, key: string, elements: string[]) =>
    `  set ${name} { type ${key}; ${elements.length > 0 ? `elements = { ${elements.join(', ')} };` : ''} }\n`
  const address = `${ip} daddr . meta l4proto . th dport vmap`
  return `table ${ip} kube-proxy {
${all('chains')
  .map((chain) => `  chain ${chain.split(' ', 1)} { }\n`)
  .join('')}${all('sets').join('')}
  chain reject-chain { reject; }
${set(
  'cluster-ips',
  type,
  specs.map((spec) => spec.address),
)}
${set('nodeport-ips', type, [ADDRESSES[family].node])}
${map('no-endpoint-services', `${type} . inet_proto . inet_service`, all('emptyServices'))}
${map('no-endpoint-nodeports', 'inet_proto . inet_service', all('emptyNodePorts'))}
${map('firewall-ips', `${type} . inet_proto . inet_service`, all('firewalls'))}
${map('service-ips', `${type} . inet_proto . inet_service`, all('services'))}
${map('service-nodeports', 'inet_proto . inet_service', all('nodePorts'))}
${set('hairpin-connections', `${type} . ${type} . inet_proto . inet_service`, [...new Set(all('hairpins'))])}
  chain firewall-check { ${address} @firewall-ips; }
  chain service-endpoints-check { ${address} @no-endpoint-services; }
  chain nodeport-endpoints-check { ${ip} daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports; }
  chain cluster-ips-check {
    ${ip} daddr @cluster-ips reject
    ${ip} daddr ${SERVICE_NETWORK[family]} drop
  }
  chain services {
    ${ip} daddr @cluster-ips ${ip} saddr != ${PODS[family]} meta mark set meta mark or 0x4000
    ${address} @service-ips
    ${ip} daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
  }
  chain masquerading {
    meta mark & 0x4000 != 0 meta mark set meta mark ^ 0x4000 masquerade fully-random
    ct status dnat ${ip} saddr . ${ip} daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random
  }
  chain filter-prerouting-pre-dnat { type filter hook prerouting priority -110; ct state new jump firewall-check; }
  chain filter-output-pre-dnat { type filter hook output priority -110; ct state new jump firewall-check; }
  chain filter-input {
    type filter hook input priority 0;
    ct state new jump nodeport-endpoints-check
    ct state new jump service-endpoints-check
  }
  chain filter-forward {
    type filter hook forward priority 0;
    ct state new jump service-endpoints-check
    ct state new jump cluster-ips-check
  }
  chain filter-output {
    type filter hook output priority 0;
    ct state new jump service-endpoints-check
    ct state new jump cluster-ips-check
  }
  chain nat-prerouting { type nat hook prerouting priority -100; jump services; }
  chain nat-output { type nat hook output priority -100; jump services; }
  chain nat-postrouting { type nat hook postrouting priority 100; jump masquerading; }
${all('chains')
  .map((chain) => `  chain ${chain}\n`)
  .join('')}}
`
}

/** What one service adds to the table. */
interface Parts {
  chains: string[]
  sets: string[]
  services: string[]
  nodePorts: string[]
  firewalls: string[]
  emptyServices: string[]
  emptyNodePorts: string[]
  hairpins: string[]
}

function partsOf(spec: ServiceSpec, name: string, ip: string, family: Family): Parts {
  const { address, port, protocol, endpoints, nodePort, local, affinity, balancer } = spec
  const parts: Parts = {
    chains: [],
    sets: [],
    services: [],
    nodePorts: [],
    firewalls: [],
    emptyServices: [],
    emptyNodePorts: [],
    hairpins: [],
  }
  const key = (address: string) => `${address} . ${protocol} . ${port}`
  const reject = 'goto reject-chain'
  if (endpoints.length === 0) {
    parts.emptyServices.push(`${key(address)} : ${reject}`)
    if (balancer) parts.emptyServices.push(`${key(balancer.address)} : ${reject}`)
    if (nodePort) parts.emptyNodePorts.push(`${protocol} . ${nodePort} : ${reject}`)
    return parts
  }
  const near = endpoints.filter((endpoint) => endpoint.local)
  parts.services.push(`${key(address)} : goto service-${name}`)
  if (balancer) {
    parts.services.push(`${key(balancer.address)} : goto external-${name}`)
    parts.firewalls.push(`${key(balancer.address)} : goto firewall-${name}`)
    parts.chains.push(
      `firewall-${name} { ${balancer.ranges.map((range) => `${ip} saddr ${range} return; `).join('')}drop; }`,
    )
  }
  if (nodePort) parts.nodePorts.push(`${protocol} . ${nodePort} : goto external-${name}`)
  if (nodePort && local && near.length === 0) parts.emptyNodePorts.push(`${protocol} . ${nodePort} : drop`)
  for (const endpoint of endpoints) {
    parts.hairpins.push(`${endpoint.address} . ${endpoint.address} . ${protocol} . ${endpoint.port}`)
  }
  if (affinity) parts.chains.push(...endpointChains(spec, name, ip), stickyChain(spec, name, ip))
  else parts.chains.push(`service-${name} { ${drawn(spec, endpoints)}; }`)
  if (affinity)
    for (const k of endpoints.keys())
      parts.sets.push(
        `  set affinity-${name}-${k} { type ${family === 4 ? 'ipv4_addr' : 'ipv6_addr'}; flags dynamic, timeout; timeout 10m; }\n`,
      )
  if (nodePort || balancer) parts.chains.push(externalChain(name, ip, local, near.length > 0, family))
  if (local && near.length > 0) parts.chains.push(`local-${name} { ${drawn(spec, near)}; }`)
  return parts
}

/** `dnat ip to numgen random mod 2 map { 0 : 10.1.3.2 . 8080, … }` */
function drawn({ protocol }: ServiceSpec, among: ServiceSpec['endpoints']): string {
  const family = among[0]!.address.includes(':') ? 'ip6' : 'ip'
  const targets = among.map(({ address, port }, k) => `${k} : ${address} . ${port}`)
  return `meta l4proto ${protocol} dnat ${family} to numgen random mod ${among.length} map { ${targets.join(', ')} }`
}

function endpointChains({ protocol, endpoints }: ServiceSpec, name: string, ip: string): string[] {
  return endpoints.map(({ address, port }, k) => {
    const target = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
    return `endpoint-${name}-${k} { update @affinity-${name}-${k} { ${ip} saddr }; meta l4proto ${protocol} dnat to ${target}; }`
  })
}

function stickyChain({ endpoints }: ServiceSpec, name: string, ip: string): string {
  const known = endpoints.map((_, k) => `${ip} saddr @affinity-${name}-${k} goto endpoint-${name}-${k}; `)
  const choices = endpoints.map((_, k) => `${k} : goto endpoint-${name}-${k}`)
  return `service-${name} { ${known.join('')}numgen random mod ${endpoints.length} vmap { ${choices.join(', ')} }; }`
}

function externalChain(name: string, ip: string, local: boolean, near: boolean, family: Family): string {
  const mark = 'meta mark set meta mark or 0x4000'
  if (!local) return `external-${name} { ${mark}; goto service-${name}; }`
  const pods = `${ip} saddr ${PODS[family]} goto service-${name}; `
  const own = `fib saddr type local ${mark}; fib saddr type local goto service-${name}; `
  return `external-${name} { ${pods}${own}${near ? `goto local-${name}; ` : ''}}`
}
