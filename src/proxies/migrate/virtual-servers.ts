/** What virtual servers do, and rules that draw lots do not. */
import type { VirtualServer } from '../../model/ipvs.ts'
import type { NodeState } from '../../model/node.ts'
import type { EntryPath } from '../../model/report.ts'
import { serverAt } from '../ipvs/find.ts'
import { SERVICE_LINKS } from '../ipvs/names.ts'
import type { Change, Surroundings } from '../prospect.ts'
import type { Look } from './look.ts'

/** The schedulers of a service's virtual servers, and addresses that are the node's own for as long as they serve. */
export function virtualServerWays(node: NodeState, { entries }: Surroundings): Look {
  const { ipvs } = node
  if (!ipvs) return { changes: [], unread: ['the virtual servers'] }
  const servers = entries.flatMap((entry) => serverAt(ipvs, entry) ?? [])
  const odd = Map.groupBy(
    servers.filter(({ scheduler }) => scheduler !== null && scheduler !== 'rr'),
    ({ scheduler }) => scheduler!,
  )
  const untold = servers.some(({ scheduler }) => scheduler === null)
  return {
    changes: [...[...odd].map(([scheduler, some]) => scheduling(node, scheduler, some)), ...bound(node, entries)],
    unread: [...(untold ? ['the schedulers of the virtual servers'] : []), ...(node.links ? [] : [LINKS])],
  }
}

const LINKS = "the addresses of the node's interfaces"

/** By the client's address: the same client comes to the same endpoint. */
const BY_CLIENT = new Set(['sh', 'mh'])

function scheduling({ name }: NodeState, scheduler: string, [first]: readonly VirtualServer[]): Change {
  const { source } = first!
  const held = BY_CLIENT.has(scheduler)
  return {
    subject: `scheduler ${scheduler}`,
    message: `the virtual servers on ${name} pick endpoints by the scheduler ${scheduler}; nftables mode picks at random${held ? ', so a client no longer comes to the same endpoint each time' : ''}`,
    severity: held ? 'warning' : 'info',
    evidence: [{ command: source.command, file: source.file, line: source.line, text: source.text.trim() }],
    remedy: held
      ? { run: 'ipvsadm -Ln', note: 'where clients need that, set sessionAffinity: ClientIP on the Service' }
      : null,
  }
}

/** An address on kube-ipvs0 answers ping, and ARP where arp_ignore allows it. */
function bound({ name, links, sysctls }: NodeState, entries: readonly EntryPath[]): Change[] {
  const holding = links?.filter((link) => SERVICE_LINKS.has(link.name)) ?? []
  const held = entries.flatMap((entry) => {
    const link = holding.find(({ addresses }) => addresses.some(({ address }) => address === entry.address))
    return link ? [{ entry, link }] : []
  })
  const evidence = (address: string, link: string) => [
    { command: `ip addr show ${link}`, file: '', line: null, text: `inet ${address} ${link}` },
  ]
  const [first] = held
  const outer = held.find(({ entry }) => entry.kind === 'externalIP' || entry.kind === 'loadBalancerIP')
  const ignores = sysctls?.get('net.ipv4.conf.all.arp_ignore')
  const ping: Change[] = first
    ? [
        {
          subject: 'ping',
          message: `${name} itself answers ping at the addresses of services, which are on ${first.link.name}; nftables mode binds no address, so nothing answers ping there`,
          severity: 'info',
          evidence: evidence(first.entry.address, first.link.name),
          remedy: null,
        },
      ]
    : []
  const arp: Change[] =
    outer && ignores === '0' && !outer.entry.address.includes(':')
      ? [
          {
            subject: outer.entry.address,
            message: `${name} answers ARP for ${outer.entry.address}, since the address is on ${outer.link.name} and arp_ignore is 0; in nftables mode no node does (possible: whether clients rely on it was not seen)`,
            severity: 'info',
            evidence: evidence(outer.entry.address, outer.link.name),
            remedy: {
              run: 'sysctl net.ipv4.conf.all.arp_ignore',
              note: 'who announces the address? MetalLB, kube-vip, a route and the cloud do not need the node to hold it',
            },
          },
        ]
      : []
  return [...ping, ...arp]
}
