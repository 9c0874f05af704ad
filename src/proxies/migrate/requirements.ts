/** What the nftables mode needs of the node: pkg/proxy/nftables/supported.go, and KEP-3866 for the releases. */
import type { NodeState } from '../../model/node.ts'
import type { Change, Surroundings } from '../prospect.ts'
import { change, type Look, NOTHING } from './look.ts'

const KERNEL = [5, 13]
const NFT = [1, 0, 1]

/** kube-proxy looks at the kernel's version when it starts, and ends where it is too old. */
export function olderKernel({ name, kernel: own }: NodeState, { node }: Surroundings): Look {
  const kernel = own ?? node?.kernel ?? null
  if (kernel === null) return { changes: [], unread: ["the numbers of the kernel's version"] }
  if (!isOlder(kernel, KERNEL)) return NOTHING
  return change({
    subject: 'kernel',
    message: `the kernel of ${name} is ${kernel}: kube-proxy does not start in nftables mode on one older than 5.13`,
    severity: 'warning',
    evidence:
      own === null
        ? [api('status.nodeInfo.kernelVersion', kernel)]
        : [{ command: 'uname -r', file: '', line: null, text: kernel }],
    remedy: null,
  })
}

/** kube-proxy brings its own nft; an old one of the host fails on the tables that it makes (k/k#122743). */
export function olderNft({ name, nft }: NodeState): Look {
  if (nft === null || !isOlder(nft, NFT)) return NOTHING
  return change({
    subject: 'nft',
    message: `the nft that read the rules of ${name} is ${nft}: nftables mode needs 1.0.1, and an older nft on the host can fail on kube-proxy's tables`,
    severity: 'info',
    evidence: [{ command: 'nft --version', file: `nodes/${name}/versions.txt`, line: null, text: `nft ${nft}` }],
    remedy: { run: 'nft --version', note: 'is it the host that has this nft, or the image that svcpath used?' },
  })
}

/** Alpha in 1.29, beta in 1.31, stable in 1.33. */
export function olderRelease({ name, proxy }: NodeState, { node, version }: Surroundings): Look {
  const own = proxy?.metrics?.version ?? null
  const found = own ?? node?.kubelet ?? version
  const minor = found === null ? null : /^v?1\.(\d+)/.exec(found)?.[1]
  if (!found || !minor) return { changes: [], unread: ["the numbers of kube-proxy's version"] }
  const state = stateOf(Number(minor))
  // kube-proxy may be three releases older than the kubelet and the API server.
  const unread = own || Number(minor) - SKEW >= STABLE ? [] : ["the numbers of kube-proxy's own version"]
  if (state === null) return { changes: [], unread }
  const whose = own ? `kube-proxy on ${name}` : node?.kubelet ? `the kubelet of ${name}` : 'the API server'
  const told = change({
    subject: 'version',
    message: `${whose} is ${found}: ${state.what}`,
    severity: state.severity,
    evidence: [
      own
        ? {
            command: 'curl 127.0.0.1:10249/metrics',
            file: `nodes/${name}/kube-proxy-metrics.txt`,
            line: null,
            text: `kubernetes_build_info git_version ${own}`,
          }
        : api(node?.kubelet ? 'status.nodeInfo.kubeletVersion' : 'serverVersion.gitVersion', found),
    ],
    remedy: null,
  })
  return { ...told, unread }
}

const SKEW = 3
const STABLE = 33

function stateOf(minor: number): { what: string; severity: Change['severity'] } | null {
  if (minor < 29) return { what: 'it has no nftables mode (that came with 1.29)', severity: 'warning' }
  if (minor < 31)
    return { what: 'its nftables mode is alpha and needs the feature gate NFTablesProxyMode', severity: 'warning' }
  return minor < STABLE ? { what: 'its nftables mode is beta (stable since 1.33)', severity: 'info' } : null
}

/** Compares the numbers that a version begins with. */
export function isOlder(version: string, than: readonly number[]): boolean {
  const numbers = (/^v?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? '').split('.').map(Number)
  const at = than.findIndex((one, i) => (numbers[i] ?? 0) !== one)
  return at >= 0 && (numbers[at] ?? 0) < than[at]!
}

const api = (field: string, text: string) => ({
  command: field.startsWith('status') ? 'kubectl get nodes -o json' : 'kubectl version',
  file: '',
  line: null,
  text: `${field}: ${text}`,
})
