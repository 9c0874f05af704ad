/** What faults are made of: rules as they are spelt, and who is who on a way. */
import type { LabCluster, NodeName } from '../../lab/cluster/cluster.ts'
import type { From, Scene, Way } from './round-model.ts'

export const isTarget = ({ address }: Way, { target }: Scene): boolean => address === target.address

export const isOurs = ({ entry }: Way, { clusterIP }: Scene): boolean => entry.address === clusterIP

/** The same pod, in whichever family. */
export const isTargetPod = ({ address }: Way, { target: { pod } }: Scene): boolean =>
  [pod.address, pod.address6].includes(address)

export const across = (way: Way): boolean => way.by !== way.home

/** `iptables-nft` of the family. */
export const tables = ({ family }: Scene): string => (family === 4 ? 'iptables-nft' : 'ip6tables-nft')
export const ip = ({ family }: Scene): string => (family === 4 ? 'ip' : 'ip6')
export const bits = ({ family }: Scene): number => (family === 4 ? 32 : 128)
export const spelt = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/** Rules that stop packets which fit: in FORWARD and where the node itself sends or gets them. */
export function stopping(scene: Scene, side: 'd' | 's'): string {
  const { firewall, target, deed } = scene
  const port = side === 'd' ? 'dport' : 'sport'
  // Of answers nobody says anything: a refusal would go to the endpoint.
  const does = side === 's' ? 'drop' : deed
  if (firewall === 'nft') {
    const verdict = { drop: 'drop', reject: 'reject', reset: 'reject with tcp reset' }[does]
    const rule = `${ip(scene)} ${side}addr ${target.address} tcp ${port} 8080 ${verdict}`
    const chains = ['forward', side === 'd' ? 'output' : 'input']
    return chains
      .map(
        (hook) =>
          `nft 'table inet fw { chain ${hook} { type filter hook ${hook} priority 0; policy accept; ${rule}; }; }'`,
      )
      .join('\n')
  }
  const verdict = {
    drop: 'DROP',
    reject: 'REJECT',
    reset: 'REJECT --reject-with tcp-reset',
  }[does]
  return ['FORWARD', side === 'd' ? 'OUTPUT' : 'INPUT']
    .map((chain) => `${tables(scene)} -I ${chain} -p tcp -${side} ${target.address} --${port} 8080 -j ${verdict}`)
    .join('\n')
}

/** The network between nodes drops what fits. */
export const fabricDrops = (scene: Scene, side: 'd' | 's'): string => {
  const name = scene.family === 4 ? 'iptables' : 'ip6tables'
  const port = side === 'd' ? 'dport' : 'sport'
  return `echo 1 > /proc/sys/net/bridge/bridge-nf-call-${name}
    ${name} -I FORWARD -p tcp -${side} ${scene.target.address} --${port} 8080 -j DROP`
}
export const fabricMends = (lab: LabCluster): string =>
  lab.machine('fabric').run('iptables -F FORWARD; ip6tables -F FORWARD')

/** The last node that sends the answer to the client's own address: what comes to other addresses than the cluster IP is masqueraded. */
export const answering = ({ entry, by, home, from }: Way): NodeName =>
  by === from.node && ['clusterIP', 'podIP'].includes(entry.kind) ? home : by

/** The target's node sends what goes to the pods of n1 by another way. */
export const detours = ({ target, family, isLocal }: Scene): boolean =>
  family === 4 && !isLocal && target.pod.node !== 'n1'

/** An answer on that way, and a request. */
export const answersByDetour = (way: Way, { target }: Scene): boolean =>
  !way.address.includes(':') && way.from.pod !== null && way.from.node === 'n1' && answering(way) === target.pod.node
export const asksByDetour = (way: Way, { target }: Scene): boolean =>
  !way.address.includes(':') && way.by === target.pod.node && way.home === 'n1'

/** An address beside the target's that no pod has. */
export const goneFrom = ({ family, target }: Scene): string =>
  family === 4 ? target.address.replace(/\d+$/, '99') : target.address.replace(/[0-9a-f]+$/, '99')

/** A program that listens and accepts nobody, and has filled its queue by itself. */
export const DEAF = `import socket, time
s = socket.socket(socket.AF_INET6); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("::", 8080)); s.listen(0); c = []
for _ in range(4):
  one = socket.socket(); one.setblocking(False); one.connect_ex(("127.0.0.1", 8080)); c.append(one); time.sleep(0.1)
print("ready", flush=True); time.sleep(1e6)`

export const podOf = ({ places }: Scene): From => places.find(({ pod }) => pod !== null)!
