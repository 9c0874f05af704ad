/** What a text was found to hold where no service can be shown of it, and which commands show more. */
import type { Observation, RecognisedText } from '../model/observation.ts'
import { whatRulesLack } from '../proxies/nameless-rules.ts'

/** `it holds iptables -L (line 1) and a table of kubectl (line 30)`; null where nothing was recognised. */
export function recognisedText({ recognised }: Observation): string | null {
  if (!recognised || recognised.length === 0) return null
  const named = recognised.map(nameOf)
  const kinds = [...new Set(named)]
  const shown = kinds.slice(0, MOST).map((kind) => {
    const count = named.filter((one) => one === kind).length
    const [first] = recognised.filter((one) => nameOf(one) === kind)
    return `${kind} (${count > 1 ? `${count} times, first in ` : ''}line ${first!.line}${placeOf(first!, recognised)})`
  })
  const more = kinds.length > MOST ? ` and ${kinds.length - MOST} more kinds of output` : ''
  return `it holds ${shown.join(', ')}${more}`
}

const MOST = 6

/** Of several files, which one. */
const placeOf = ({ file }: RecognisedText, all: readonly RecognisedText[]): string =>
  all.some((one) => one.file !== file) ? ` of ${file}` : ''

const nameOf = ({ kind }: RecognisedText): string => KINDS[kind] ?? kind

const KINDS: Record<string, string> = {
  save: 'rules of iptables',
  listing: 'a listing of iptables -L',
  nftJson: 'nft rules in JSON',
  nftText: 'nft rules',
  conntrack: 'conntrack entries',
  linkJson: 'links',
  linkText: 'links',
  neighbourJson: 'neighbours',
  neighbourText: 'neighbours',
  arp: 'neighbours',
  routeJson: 'routes',
  routeText: 'routes',
  routeTable: 'routes',
  ruleJson: 'routing rules',
  ruleText: 'routing rules',
  fdbJson: 'forwarding entries of bridges',
  fdbText: 'forwarding entries of bridges',
  brctlShow: 'bridges',
  brctlShowmacs: 'forwarding entries of bridges',
  podNamespaces: 'network namespaces of pods',
  resolvConf: 'a resolv.conf',
  corefile: 'a Corefile',
  sysctl: 'kernel settings',
  objects: 'objects of the Kubernetes API',
  table: 'a table of kubectl',
  describe: 'what kubectl describe prints',
}

/** Commands whose output would show the services, with what each would show. */
export function whatToAdd(observation: Observation): string {
  const tables = observation.nodes.flatMap(({ rulesets }) => rulesets.flatMap((ruleset) => ruleset.tables))
  return tables.length === 0
    ? `add the rules of a node (sudo iptables-save) and the services (${SERVICES})`
    : whatRulesLack(tables, SERVICES)
}

const SERVICES = 'kubectl get svc,endpointslices -A -o json'
