/**
 * The ways in which a connection is made to die, each with the only place where it can have died. What a fault does not touch must get through.
 */
import type { NodeName } from '../../lab/cluster/cluster.ts'
import {
  across,
  answering,
  answersByDetour,
  asksByDetour,
  bits,
  DEAF,
  detours,
  fabricDrops,
  fabricMends,
  goneFrom,
  ip,
  isOurs,
  isTarget,
  isTargetPod,
  podOf,
  spelt,
  stopping,
  tables,
} from './made.ts'
import type { Fault } from './round-model.ts'

export const FAULTS = {
  healthy: { make: () => {}, dies: () => null },

  'the rules of the service are removed': {
    suits: ({ clusterIP }) => clusterIP !== null,
    make(scene, lab) {
      const { dialect, clusterIP, port, node } = scene
      const script =
        dialect === 'nft'
          ? `nft delete element ${ip(scene)} kube-proxy service-ips '{ ${clusterIP} . tcp . ${port} }'`
          : `for t in nat filter; do ${tables(scene)} -t $t -S KUBE-SERVICES | grep -F -- '-d ${clusterIP}/${bits(scene)}' | sed 's/^-A/-D/' | while read -r rule; do eval ${tables(scene)} -t $t $rule; done; done`
      lab.machine(node).run(script)
    },
    // kube-proxy's nftables mode refuses what it has no service for.
    dies: (way, scene) =>
      isOurs(way, scene) && way.by === scene.node
        ? `${scene.dialect === 'nft' ? 'node' : 'translation'} ${scene.node}`
        : null,
  },

  'a chain leads to a pod that is gone': {
    suits: ({ target }) => target.chain !== null,
    make(scene, lab) {
      const { dialect, target, node } = scene
      const to = `${spelt(goneFrom(scene))}:8080`
      lab
        .machine(node)
        .run(
          dialect === 'nft'
            ? `nft flush chain ${ip(scene)} kube-proxy '${target.chain}'; nft add rule ${ip(scene)} kube-proxy '${target.chain}' meta l4proto tcp dnat to ${to}`
            : `${tables(scene)} -t nat -F ${target.chain}; ${tables(scene)} -t nat -A ${target.chain} -p tcp -j DNAT --to-destination ${to}`,
        )
    },
    // Where the address would be on the node's own bridge, the packet waits for a neighbour before conntrack keeps it.
    dies: (way, scene) =>
      way.address !== goneFrom(scene) || way.by !== scene.node
        ? null
        : [`stale ${scene.node}`, ...(way.home === scene.node ? [`node ${scene.node}`] : [])],
  },

  'a rule stops connections': {
    make: (scene, lab) => void lab.machine(scene.node).run(stopping(scene, 'd')),
    dies: (way, scene) =>
      isTarget(way, scene) && [way.by, way.home].includes(scene.node) ? `node ${scene.node}` : null,
  },

  'a route leads nowhere': {
    // What nothing masquerades goes past the node that the answers are lost on.
    suits: ({ isLocal }) => !isLocal,
    make: (scene, lab) =>
      void lab.machine(scene.node).run(`ip route add blackhole ${scene.target.address}/${bits(scene)}`),
    mend: (scene, lab) =>
      void lab.machine(scene.node).run(`ip route del blackhole ${scene.target.address}/${bits(scene)}`),
    dies(way, scene) {
      const { node, target } = scene
      // What one bridge hands from pod to pod nothing routes, but what it translates.
      const isBridged = way.from.pod !== null && way.by === way.from.node && way.home === way.by
      if (isBridged && (way.entry.kind === 'podIP' || (!isTarget(way, scene) && way.entry.kind === 'clusterIP')))
        return null
      if (isTarget(way, scene) && [way.by, way.home].includes(node)) return `node ${node}`
      // Answers to the target, where it is the client, have the same way.
      const isClient = way.from.pod?.name === target.pod.name && way.address.includes(':') === (scene.family === 6)
      return isClient && [answering(way), way.from.node].includes(node) ? `answer ${node}` : null
    },
  },

  'the network between the nodes drops connections': {
    make: (scene, lab) => void lab.machine('fabric').run(fabricDrops(scene, 'd')),
    mend: (_, lab) => void fabricMends(lab),
    dies: (way, scene) => (isTarget(way, scene) && across(way) ? `between ${way.by} ${way.home}` : null),
  },

  'the endpoint’s node drops before its rules': {
    make: (scene, lab) =>
      void lab
        .machine(scene.target.pod.node)
        .run(
          `nft "table netdev lab { chain in { type filter hook ingress device eth0 priority 0; policy accept; ${ip(scene)} daddr ${scene.target.address} tcp dport 8080 drop; }; }"`,
        ),
    mend: (scene, lab) => void lab.machine(scene.target.pod.node).run('nft delete table netdev lab 2>/dev/null || :'),
    dies: (way, scene) => (isTarget(way, scene) && across(way) ? `between ${way.by} ${way.home}` : null),
    mayStayUnplaced: true,
  },

  'nobody listens': {
    make: (scene, lab) => lab.hush(scene.target.pod),
    mend: (scene, lab) => lab.answer(scene.target.pod),
    dies: (way, scene) => (isTargetPod(way, scene) ? `closed ${way.home}` : null),
  },

  'a listener does not accept': {
    async make({ target: { pod } }, lab) {
      lab.hush(pod)
      await lab.machine(pod.node).serve(['python3', '-c', DEAF], pod.name)
    },
    async mend({ target: { pod } }, lab) {
      lab.hush(pod)
      await lab.answer(pod)
    },
    dies: (way, scene) => (isTargetPod(way, scene) ? `queue ${way.home}` : null),
  },

  'the pod drops what comes': {
    make: (scene, lab) =>
      void lab
        .machine(scene.target.pod.node)
        .run(`${tables(scene)} -I INPUT -p tcp --dport 8080 -j DROP`, scene.target.pod.name),
    mend: (scene, lab) =>
      void lab.machine(scene.target.pod.node).run(`${tables(scene)} -F INPUT`, scene.target.pod.name),
    dies: (way, scene) => (isTarget(way, scene) ? `silent ${way.home}` : null),
  },

  'a rule drops the answers': {
    make: (scene, lab) => void lab.machine(scene.node).run(stopping(scene, 's')),
    // Where the walk does not know the client's port, the node and the one that the answer was sent to are named.
    dies: (way, scene) =>
      isTarget(way, scene) && [way.by, way.home].includes(scene.node)
        ? [`answer ${scene.node}`, `answer ${scene.node} ${scene.node === way.by ? way.from.node : way.by}`]
        : null,
  },

  'the network between the nodes drops the answers': {
    make: (scene, lab) => void lab.machine('fabric').run(fabricDrops(scene, 's')),
    mend: (_, lab) => void fabricMends(lab),
    dies: (way, scene) => (isTarget(way, scene) && across(way) ? `answer ${way.home} ${way.by}` : null),
  },

  'rp_filter drops the answers': {
    suits: detours,
    make({ target }, lab) {
      lab.plug('n1', 'eth1', '172.31.0.11')
      lab
        .machine('n1')
        .run(
          'cd /proc/sys/net/ipv4/conf; echo 1 > all/arp_ignore; for one in all eth0 eth1; do echo 0 > $one/rp_filter; done; echo 1 > eth1/rp_filter',
        )
      // A link whose rp_filter refuses a sender does not answer its ARP, either.
      const link = lab.machine('n1').run('cat /sys/class/net/eth1/address').trim()
      lab
        .machine(target.pod.node)
        .run(
          `ip neigh replace 172.31.0.11 lladdr ${link} dev eth0; ip route replace 10.244.1.0/24 via 172.31.0.11 dev eth0 onlink`,
        )
    },
    mend({ target }, lab) {
      lab
        .machine(target.pod.node)
        .run('ip route replace 10.244.1.0/24 via 172.30.0.11 dev eth0; ip neigh del 172.31.0.11 dev eth0')
      lab.machine('n1').run('ip link del eth1; echo 0 > /proc/sys/net/ipv4/conf/all/arp_ignore')
    },
    dies: (way, scene) => (asksByDetour(way, scene) ? 'node n1' : answersByDetour(way, scene) ? 'answer n1' : null),
  },

  'a node on a detour takes the answers for INVALID': {
    suits: detours,
    make({ target }, lab) {
      const other = target.pod.node === 'n2' ? 'n3' : 'n2'
      lab.machine(target.pod.node).run(`ip route replace 10.244.1.0/24 via 172.30.0.1${other.slice(1)}`)
      lab.machine(other).run('iptables-nft -I FORWARD -m conntrack --ctstate INVALID -j DROP')
    },
    mend: ({ target }, lab) => void lab.machine(target.pod.node).run('ip route replace 10.244.1.0/24 via 172.30.0.11'),
    // An answer goes from one node to the other by a third: between the two it is lost. Of a request the third node drops what follows the answer.
    dies(way, scene) {
      const { node } = scene.target.pod
      const other = node === 'n2' ? 'n3' : 'n2'
      if (answersByDetour(way, scene)) return [`answer ${other}`, `answer ${node} n1`]
      return asksByDetour(way, scene) ? [`later ${other}`, 'later n1'] : null
    },
  },

  'nothing tracks what is sent to the service': {
    suits: ({ clusterIP }) => clusterIP !== null,
    make(scene, lab) {
      const { firewall, clusterIP, node } = scene
      lab
        .machine(node)
        .run(
          firewall === 'nft'
            ? ['prerouting', 'output']
                .map(
                  (hook) =>
                    `nft 'table inet fw { chain ${hook} { type filter hook ${hook} priority raw; policy accept; ${ip(scene)} daddr ${clusterIP} notrack; }; }'`,
                )
                .join('\n')
            : ['PREROUTING', 'OUTPUT']
                .map((chain) => `${tables(scene)} -t raw -A ${chain} -d ${clusterIP} -j NOTRACK`)
                .join('\n'),
        )
    },
    dies: (way, scene) => (isOurs(way, scene) && way.by === scene.node ? `translation ${scene.node}` : null),
  },

  'requests are too long for the network': {
    suits: ({ service }) => ['web', 'web-dual', 'web-sticky'].includes(service),
    words: ['--http', `/${'a'.repeat(900)}`],
    make: ({ target }, lab) => void lab.machine('fabric').run(`ip link set v-${target.pod.node}-eth0 mtu 600`),
    mend: ({ target }, lab) =>
      void lab.machine('fabric').run(`ip link set v-${target.pod.node}-eth0 mtu 1500; ip link set lab0 mtu 1500`),
    // What is too long for one end of the link does not leave it, either.
    dies: (way, scene) =>
      across(way) && [way.by, way.home].includes(scene.target.pod.node as NodeName) ? `stalled ${way.home}` : null,
  },

  'the client’s namespace drops': {
    suits: ({ clusterIP }) => clusterIP !== null,
    make(scene, lab) {
      const { node, pod } = podOf(scene)
      lab.machine(node).run(`${tables(scene)} -I OUTPUT -d ${scene.clusterIP} -j DROP`, pod!.name)
    },
    mend(scene, lab) {
      const { node, pod } = podOf(scene)
      lab.machine(node).run(`${tables(scene)} -F OUTPUT`, pod!.name)
    },
    dies: (way, scene) => (isOurs(way, scene) && way.from === podOf(scene) ? `node ${way.from.node}` : null),
  },
} satisfies Record<string, Fault>

export const faultOf = (name: string): Fault => FAULTS[name as keyof typeof FAULTS]
