/** What parts of the tests need of the machine beside Node, and why one of them cannot run here. */
import { execFileSync } from 'node:child_process'

/** The Debian package of each tool. */
const PACKAGES = {
  ip: 'iproute2',
  bridge: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  sysctl: 'procps',
  'iptables-nft': 'iptables',
  'iptables-legacy': 'iptables',
  nft: 'nftables',
  conntrack: 'conntrack',
  ipset: 'ipset',
  busybox: 'busybox-static',
  dash: 'dash',
  bash: 'bash',
  curl: 'curl',
  ncat: 'ncat',
  'nc.openbsd': 'netcat-openbsd',
  'nc.traditional': 'netcat-traditional',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  'ssh-agent': 'openssh-client',
  '/usr/sbin/sshd': 'openssh-server',
  openssl: 'openssl',
  xmllint: 'libxml2-utils',
  'cmark-gfm': 'cmark-gfm',
  chromium: 'chromium',
  tmux: 'tmux',
}

interface Part {
  name: string
  root: boolean
  tools: readonly (keyof typeof PACKAGES)[]
  /** Scripts that must succeed, each with what it means when it does not. */
  tries?: readonly (readonly [script: string, otherwise: string])[]
}

const NAMESPACES = ['unshare --net --mount --pid --fork true', 'the kernel or a sandbox forbids namespaces'] as const

// Without it replies between pods of one bridge pass by the kernel's translation, as on no node with kube-proxy.
const BRIDGES = [
  'unshare --net test -e /proc/sys/net/bridge/bridge-nf-call-iptables || modprobe br_netfilter',
  'the kernel has no br_netfilter',
] as const

const PARTS = {
  kernel: {
    name: 'the kernel as the judge of the walker',
    root: true,
    tools: ['ip', 'bridge', 'unshare', 'nsenter', 'sysctl', 'iptables-nft', 'nft', 'conntrack', 'ipset'],
    tries: [NAMESPACES],
  },
  cluster: {
    name: 'a cluster of namespaces',
    root: true,
    tools: [
      ...(['unshare', 'nsenter', 'ip', 'bridge', 'iptables-nft', 'iptables-legacy', 'nft', 'conntrack'] as const),
      ...(['busybox', 'curl', 'ssh-keygen', '/usr/sbin/sshd', 'openssl'] as const),
    ],
    tries: [NAMESPACES, BRIDGES],
  },
  netcats: { name: 'netcat in all its kinds', root: true, tools: ['ncat', 'nc.openbsd', 'nc.traditional'] },
  script: {
    name: 'the node script in namespaces',
    root: true,
    tools: [
      ...(['unshare', 'iptables-nft', 'iptables-legacy', 'nft', 'conntrack', 'ip', 'bridge'] as const),
      ...(['busybox', 'dash', 'bash'] as const),
    ],
    tries: [NAMESPACES],
  },
  sshd: {
    name: 'a real SSH server',
    root: true,
    tools: ['ssh', 'ssh-keygen', 'ssh-agent', '/usr/sbin/sshd'],
  },
  certificates: { name: 'an API with certificates', root: false, tools: ['openssl'] },
  terminal: { name: 'a real terminal', root: false, tools: ['tmux'] },
  schema: { name: 'JUnit against its schema', root: false, tools: ['xmllint'] },
  markdown: { name: "Markdown as GitHub's parser reads it", root: false, tools: ['cmark-gfm'] },
  browser: { name: 'HTML in Chromium', root: false, tools: ['chromium'] },
} satisfies Record<string, Part>

/** Why a part cannot run here; null where it can. */
function whyNot(part: keyof typeof PARTS): string | null {
  const { root, tools, tries = [] }: Part = PARTS[part]
  if (root && (process.platform !== 'linux' || process.getuid?.() !== 0)) return 'it takes root on Linux'
  const missing = tools.filter((tool) => !succeeds(`command -v ${tool}`))
  const packages = [...new Set(missing.map((tool) => PACKAGES[tool]))]
  if (missing.length > 0) return `not installed: ${missing.join(', ')} (Debian: apt-get install ${packages.join(' ')})`
  return tries.find(([script]) => !succeeds(script))?.[1] ?? null
}

/** One that cannot run is left out, but where CI is set it fails. */
export const isLeftOut = (part: keyof typeof PARTS): boolean => !process.env.CI && whyNot(part) !== null

/** A line for each part that cannot run here. */
export function whatIsMissing(): string[] {
  return (Object.keys(PARTS) as (keyof typeof PARTS)[]).flatMap((part) => {
    const reason = whyNot(part)
    return reason === null ? [] : [`${PARTS[part].name}: ${reason}`]
  })
}

function succeeds(script: string): boolean {
  try {
    execFileSync('sh', ['-c', script], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
