/** How the forms of Cilium's output are told from all others. */

export type CiliumKind =
  | 'ciliumStatus'
  | 'ciliumServices'
  | 'ciliumLb'
  | 'ciliumCt'
  | 'ciliumEndpoints'
  | 'ciliumDrops'
  | 'ciliumPressure'
  | 'ciliumRefusal'

const PLACE = String.raw`(?:\[[\da-f:.]+\]|[\d.]+):\d+`

/** A line of each form that nothing else prints. */
export const CILIUM_LINES: readonly (readonly [CiliumKind, string])[] = [
  ['ciliumServices', '(?:ID +)?Frontend +Service Type +Backend'],
  ['ciliumServices', `\\d+ +${PLACE}(?:/\\w+)* +[A-Z][A-Za-z]+ +1 => ${PLACE}`],
  ['ciliumLb', '(?:SERVICE ADDRESS +BACKEND (?:ADDRESS|ID)|ID +BACKEND ADDRESS \\(REVNAT)'],
  ['ciliumLb', `${PLACE}(?:/[A-Za-z]+)*(?: \\(\\d+\\))? +${PLACE}(?:/\\w+)? \\(\\d+\\) \\(\\d+\\)`],
  ['ciliumCt', '(?:TCP|UDP|SCTP|ICMP|ICMPv6) (?:IN|OUT|SVC) \\S+:\\d+ -> \\S+:\\d+ expires=\\d+'],
  ['ciliumStatus', ' *KubeProxyReplacement: +\\S+'],
  ['ciliumDrops', 'REASON +DIRECTION +PACKETS +BYTES'],
  ['ciliumPressure', 'cilium_bpf_map_pressure(?:\\{| +)map_name="'],
  ['ciliumRefusal', '(?:Error: )?(?:Cannot get \\w+ list: )?Get "http://\\S*cilium\\.sock\\S*": dial unix '],
]

/** By the keys of a JSON document; null where it is none of Cilium's. */
export function recogniseCiliumJson(head: string): CiliumKind | null {
  const key = (name: string) => head.includes(`"${name}"`)
  if (key('frontend-address')) return 'ciliumServices'
  if (key('external-identifiers') || (key('endpoint-id') && key('networking'))) return 'ciliumEndpoints'
  if (key('kube-proxy-replacement') || (/^\s*\{/.test(head) && key('bpf-maps') && key('cilium'))) return 'ciliumStatus'
  if (key('reason') && key('direction') && key('packets')) return 'ciliumDrops'
  const lb = new RegExp(`^\\s*\\{\\s*"(?:${PLACE}(?:/[A-Za-z]+)*(?: \\(\\d+\\))?"|\\d+"\\s*:\\s*\\[\\s*"\\w+://)`)
  return lb.test(head) ? 'ciliumLb' : null
}

/** Does a line go on with what a line of that kind began? */
export function continuesCilium(kind: CiliumKind, line: string): boolean {
  if (kind === 'ciliumServices') return ROW_OF_SERVICE.test(line) || /^\s+\d+ => \S+:\d+/.test(line)
  if (kind === 'ciliumLb') return ROW_OF_MAP.test(line)
  if (kind === 'ciliumStatus') return /^\s*(?:[A-Z][\w /.-]*:|- )/.test(line) || /^\s{4,}\S/.test(line)
  if (kind === 'ciliumDrops') return / {2,}\d+ +\d+/.test(line)
  if (kind === 'ciliumRefusal') return /^Is the agent running\?/.test(line)
  const [, pattern] = CILIUM_LINES.find(([one]) => one === kind)!
  return new RegExp(`^${pattern}`).test(line)
}

const ROW_OF_SERVICE = new RegExp(`^(?:\\d+ +)?${PLACE}(?:/\\w+)* +[A-Z]|^(?:ID +)?Frontend +Service Type`)
const ROW_OF_MAP = new RegExp(
  `^(?:SERVICE ADDRESS|ID) |^(?:${PLACE}(?:/[A-Za-z]+)*(?: \\(\\d+\\))?)?\\s+(?:${PLACE}|backend \\d+ not found|\\d+ \\d+(?:\\[\\d+\\])? \\(\\d+\\))|^\\d+ +\\w+://`,
)
