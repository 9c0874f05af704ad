/** Pods of a cluster’s nodes that answer as Cilium’s agents and kube-proxy’s containers do, for the lab’s API server. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeObject } from '../../src/kube/api.ts'
import type { Program } from '../lab/api/contract.ts'

/** What the agent of a node is like. */
export interface Agent {
  /** The pod's name up to its five letters: GKE calls it anetd. */
  pod?: 'cilium' | 'anetd'
  /** What its program is called: both from 1.15 on. */
  programs?: readonly ('cilium' | 'cilium-dbg')[]
  /** Why its container does not run. */
  waits?: string
  /** `kubectl exec` comes to an end of this kind instead. */
  execFails?: string
}

/** cilium-dbg’s answer to each command is a file of its container; the names of those that were asked for are written down. */
const CILIUM = `#!/bin/sh
dir=$(dirname "$0")
echo "$*" >>"$dir/asked"
name=$(printf '%s' "$*" | tr ' ' '_')
[ -f "$dir/$name" ] && exec cat "$dir/$name"
[ "$*" = 'endpoint list -o json' ] && exec echo '[]'
exit 0
`

/** What `cilium-dbg` is asked for, by the file that a capture keeps it in. */
const QUESTIONS: Readonly<Record<string, string>> = {
  'cilium-status.json': 'status -o json',
  'cilium-service-list.json': 'service list -o json',
  'cilium-bpf-lb-list.txt': 'bpf lb list',
  'cilium-bpf-lb-list-frontends.txt': 'bpf lb list --frontends',
  'cilium-bpf-ct-list-global.txt': 'bpf ct list global',
}

/** A container's programs. All have the node’s rules; this machine’s own are not read. */
function container(folder: string, programs: Readonly<Record<string, string>>, rules: string): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'rules'), rules)
  const all = {
    'iptables-nft': '#!/bin/sh\nexit 0\n',
    'ip6tables-nft': '#!/bin/sh\nexit 0\n',
    'iptables-nft-save': `#!/bin/sh\necho rules >>"$(dirname "$0")/asked"\nexec cat "$(dirname "$0")/rules"\n`,
    'ip6tables-nft-save': '#!/bin/sh\nexit 0\n',
    'iptables-legacy-save': '#!/bin/sh\nexit 0\n',
    'ip6tables-legacy-save': '#!/bin/sh\nexit 0\n',
    nft: `#!/bin/sh\ncase $* in 'list chains'*) printf 'table ip nat {\\n\\tchain PREROUTING {\\n\\t\\ttype nat hook prerouting priority -100; policy accept;\\n\\t}\\n}\\n';; esac\n`,
    ...programs,
  }
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text, { mode: 0o755 })
  return folder
}

export function agentContainer(
  folder: string,
  { programs = ['cilium', 'cilium-dbg'] }: Agent,
  answers: ReadonlyMap<string, string>,
  rules: string,
): string {
  const names = ['cilium-agent', ...programs]
  container(folder, Object.fromEntries(names.map((name) => [name, CILIUM])), rules)
  for (const [file, text] of answers) {
    const question = QUESTIONS[file]
    if (question) writeFileSync(join(folder, question.replaceAll(' ', '_')), text)
  }
  return folder
}

export const proxyContainer = (folder: string, rules: string): string => container(folder, {}, rules)

/** A command in a container of which only the programs are its own. */
export const inContainer = (folder: string, command: readonly string[]): Program => ({
  file: 'env',
  args: [`PATH=${folder}:/usr/bin:/bin`, ...command],
})

export const agentPod = (node: string, { pod = 'cilium', waits }: Agent): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name: `${pod}-${node}abc`, namespace: 'kube-system', labels: { 'k8s-app': 'cilium' } },
  spec: {
    nodeName: node,
    hostNetwork: true,
    containers: [{ name: 'cilium-agent', image: 'cilium', securityContext: { privileged: true } }],
  },
  status: {
    phase: 'Running',
    containerStatuses: [
      { name: 'cilium-agent', state: waits ? { waiting: { reason: waits } } : { running: { startedAt: null } } },
    ],
  },
})
