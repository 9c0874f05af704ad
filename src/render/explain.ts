import type { CatalogueEntry } from '../model/catalogue.ts'
import type { Severity } from '../model/finding.ts'
import { type Look, pad, wrap } from './terminal.ts'

const paint = (severity: Severity, { colour }: Look, text: string): string =>
  ({ error: colour.red, warning: colour.yellow, info: colour.cyan })[severity](text)

/** All findings, a line each. */
export function renderCatalogue(entries: readonly CatalogueEntry[], look: Look): string {
  const widest = Math.max(...entries.map(({ name }) => name.length))
  const lines = entries.flatMap((entry) => {
    const start = `${entry.code}  ${pad(entry.name, widest)}  ${pad(entry.severity, 7)}`
    const room = look.width === null ? null : look.width - start.length - 2
    const painted = `${look.colour.bold(entry.code)}  ${pad(entry.name, widest)}  ${paint(entry.severity, look, pad(entry.severity, 7))}`
    // On a narrow terminal the sentence stands below.
    if (room !== null && room < 30) return [painted, ...wrap(entry.what, look.width! - 2).map((line) => `  ${line}`)]
    const [first = '', ...others] = wrap(entry.what, room)
    return [`${painted}  ${first}`, ...others.map((line) => `${' '.repeat(start.length + 2)}${line}`)]
  })
  return `${lines.join('\n')}\n`
}

/** One finding, whole. */
export function renderEntry(entry: CatalogueEntry, look: Look): string {
  const { colour, width } = look
  const parts = [
    ['How it happens', entry.how],
    ['How it is proved', entry.proof],
    ['How to fix it', entry.fix],
  ].flatMap(([title, text]) => [
    '',
    colour.bold(title!),
    ...wrap(text!, width === null ? 100 : width - 2).map((line) => `  ${line}`),
  ])
  const links = entry.references.map((one) => `  ${referenceUrl(one)}`)
  const head = `${colour.bold(entry.code)} ${entry.name}  ${paint(entry.severity, look, entry.severity)}`
  const lines = [head, '', ...wrap(entry.what, width ?? 100), ...parts]
  return `${[...lines, ...(links.length > 0 ? ['', colour.bold('Seen in'), ...links] : [])].join('\n')}\n`
}

/** A word of the output on a line of its own, and below it what it means. */
export function renderWord(text: string, { colour, width }: Look): string {
  const [name = '', ...lines] = text.trimEnd().split('\n')
  const body = lines.flatMap((line) => wrap(line.trim(), (width ?? 100) - 2)).map((line) => `  ${line}`)
  return `${[colour.bold(name), ...body].join('\n')}\n`
}

const OWNERS: Readonly<Record<string, string>> = {
  'aws-load-balancer-controller': 'kubernetes-sigs/aws-load-balancer-controller',
  'aws-network-policy-agent': 'aws/aws-network-policy-agent',
  'kube-router': 'cloudnativelabs/kube-router',
  'azure-docs': 'MicrosoftDocs/azure-docs',
  'envoy-gateway': 'envoyproxy/gateway',
  'ingress-nginx': 'kubernetes/ingress-nginx',
  'kong-ingress-controller': 'Kong/kubernetes-ingress-controller',
  bottlerocket: 'bottlerocket-os/bottlerocket',
  calico: 'projectcalico/calico',
  cilium: 'cilium/cilium',
  coredns: 'coredns/coredns',
  dns: 'kubernetes/dns',
  enhancements: 'kubernetes/enhancements',
  fission: 'fission/fission',
  flannel: 'flannel-io/flannel',
  istio: 'istio/istio',
  k3s: 'k3s-io/k3s',
  kuma: 'kumahq/kuma',
  retina: 'microsoft/retina',
  'rpc-maas': 'rcbops/rpc-maas',
  metallb: 'metallb/metallb',
  kops: 'kubernetes/kops',
  origin: 'openshift/origin',
  plugins: 'containernetworking/plugins',
  rke2: 'rancher/rke2',
  systemd: 'systemd/systemd',
  'vpc-cni': 'aws/amazon-vpc-cni-k8s',
}

/** The address of `#123`, an issue of kubernetes/kubernetes, of `flannel#123`, or of `KEP-1669`. */
export function referenceUrl(reference: string): string {
  const [project, number] = reference.split('#')
  if (reference.startsWith('KEP-')) return `https://github.com/kubernetes/enhancements/issues/${reference.slice(4)}`
  const repository = project === '' || project === 'k/k' ? 'kubernetes/kubernetes' : (OWNERS[project!] ?? project)
  return `https://github.com/${repository}/issues/${number}`
}
