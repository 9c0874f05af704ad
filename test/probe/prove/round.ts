/** One round: what is drawn is made in a lab, and a probe says what it sees. */
import type { ProbeReport } from '../../../src/model/probe/report.ts'
import { LabCluster, type NodeName } from '../../lab/cluster/cluster.ts'
import { faultOf } from './faults.ts'
import { holdAgainst, type Verdict } from './hold.ts'
import { DIALECTS, type Dialect, type Draw, type Scene } from './round-model.ts'
import { drawOf } from './scene.ts'

const NODES = ['n1', 'n2', 'n3'] as const

/** How many connections are made to each entry from each place. */
const COUNT = 10

export interface Round extends Verdict {
  scene: Scene
  /** How to see it again. */
  again: string
  report: ProbeReport | null
}

export class ProofLab {
  private readonly lab: LabCluster
  private readonly dialect: Dialect
  private readonly known = new Map<string, Known>()

  private constructor(lab: LabCluster, dialect: Dialect) {
    this.lab = lab
    this.dialect = dialect
  }

  static async start(dialect: Dialect): Promise<ProofLab> {
    const lab = await LabCluster.start(DIALECTS[dialect])
    for (const node of NODES)
      lab
        .machine(node)
        .run(
          `mount -t tmpfs none /mnt; ip route add default via 172.30.0.4; ip -6 route add default via fd00:172:30::4; ${SAVE[dialect]}`,
        )
    return new ProofLab(lab, dialect)
  }

  stop(): void {
    this.lab.stop()
  }

  /** Null where nothing can be connected to from there. */
  async round(seed: number, number: number): Promise<Round | null> {
    const scene = await this.sceneOf(seed, number)
    const { make, mend = () => {}, words = [] } = faultOf(scene.fault)
    const again = `SVCPATH_PROBES=1 SVCPATH_PROBES_SEED=${seed} SVCPATH_PROBES_FIRST=${number} npm run prove`
    try {
      await make(scene, this.lab)
      const { out, err } = await this.lab.svcpath([...askFor(scene), ...words])
      if (err.includes('has nothing to connect to')) return null
      if (!out.startsWith('{'))
        return { scene, again, report: null, wrong: [`no report: ${err}`], killed: 0, unplaced: 0, made: 0, probes: 0 }
      const report = JSON.parse(out) as ProbeReport
      return { scene, again, report, ...holdAgainst(report, scene, this.lab) }
    } finally {
      for (const node of NODES) this.lab.machine(node).run(`${RESTORE[this.dialect]}; conntrack -F 2>/dev/null || :`)
      await mend(scene, this.lab)
      this.lab.machine('fabric').run('conntrack -F 2>/dev/null || :')
    }
  }

  /** The first that the fault suits. */
  private async sceneOf(seed: number, number: number): Promise<Scene> {
    for (let attempt = 0; ; attempt++) {
      const scene = await this.sceneOfDraw(drawOf(seed, number, attempt))
      if (faultOf(scene.fault).suits?.(scene) ?? true) return scene
    }
  }

  private async sceneOfDraw(draw: Draw): Promise<Scene> {
    const { service, family, endpoint, at } = draw
    const pods = this.lab.pods('shop', '').toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const web = pods.filter(({ name }) => name.startsWith('web-'))
    const places = [
      ...draw.pods.map((one) => pods[one % pods.length]!).map((pod) => ({ node: pod.node as NodeName, pod })),
      ...draw.nodes.map((node) => ({ node, pod: null })),
    ]
    const { clusterIPs, port, chains, isLocal } = await this.knownOf(service)
    const aimed = web[endpoint % web.length]!
    const address = family === 6 ? aimed.address6! : aimed.address
    return {
      ...draw,
      dialect: this.dialect,
      places,
      node: at === 'client' ? places[0]!.node : at === 'endpoint' ? (aimed.node as NodeName) : at,
      isLocal,
      clusterIP: clusterIPs.find((one) => one.includes(':') === (family === 6) && one !== 'None') ?? null,
      port,
      target: { pod: aimed, address, chain: chains.get(address) ?? null },
    }
  }

  /** What a trace says of a service while all is well. */
  private async knownOf(service: string): Promise<Known> {
    const found = this.known.get(service)
    if (found) return found
    const { out } = await this.lab.svcpath([service, '-n', 'shop', '-o', 'json', '-q'])
    const report = JSON.parse(out)
    const entries: { kind: string; endpoints: { address: string; chain: string | null }[] }[] = report.nodes[0].entries
    const chains = new Map(
      entries.flatMap(({ endpoints }) =>
        endpoints.flatMap(({ address, chain }) => (chain ? [[address, chain] as const] : [])),
      ),
    )
    const object = this.lab.objects('Service').find(({ metadata }) => metadata?.name === service) as unknown as {
      spec: { ports: { port: number }[]; externalTrafficPolicy?: string }
    }
    const known = {
      clusterIPs: report.service.clusterIPs as string[],
      port: object.spec.ports[0]!.port,
      chains,
      isLocal: object.spec.externalTrafficPolicy === 'Local',
    }
    this.known.set(service, known)
    return known
  }
}

interface Known {
  clusterIPs: string[]
  port: number
  chains: ReadonlyMap<string, string>
  isLocal: boolean
}

const askFor = ({ service, places, port, clusterIP }: Scene): string[] => [
  ...['probe', service, '-n', 'shop', '-o', 'json', '-q', '--timeout', '1s', '--rate', '100', '--count', `${COUNT}`],
  ...places.flatMap(({ node, pod }) => ['--from', pod ? `pod/${pod.name}` : `node/${node}`]),
  // UDP proves nothing here: its programs do not run in the lab.
  ...(clusterIP === null ? [] : ['--port', String(port)]),
]

const SAVE = {
  iptables: 'iptables-nft-save -c > /mnt/saved; ip6tables-nft-save -c > /mnt/saved6',
  nft: '{ echo flush ruleset; nft list ruleset; } > /mnt/saved',
} as const

const RESTORE = {
  iptables:
    'nft delete table inet fw 2>/dev/null || :; iptables-nft -t raw -F; ip6tables-nft -t raw -F; iptables-nft-restore -c < /mnt/saved; ip6tables-nft-restore -c < /mnt/saved6',
  nft: 'nft -f /mnt/saved',
} as const
