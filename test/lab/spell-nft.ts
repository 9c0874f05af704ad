/** A random rule set as `nft -f` reads it. */
import type { Family } from './places.ts'
import type { ChainSpec, DeedSpec, RuleSetSpec, RuleSpec, TableSpec, TestSpec } from './rules.ts'

/** `inet`: in tables of both families. `sets`: look-ups in sets where a plain comparison would do. */
export interface NftStyle {
  inet: boolean
  sets: boolean
}

export const nftText = (spec: RuleSetSpec, style: NftStyle): string =>
  spec.tables.map((table) => new TableText(table, spec.family, style).text()).join('')

class TableText {
  private readonly table: TableSpec
  private readonly ip: 'ip' | 'ip6'
  private readonly style: NftStyle
  private readonly sets: string[] = []

  constructor(table: TableSpec, family: Family, style: NftStyle) {
    this.table = table
    this.ip = family === 4 ? 'ip' : 'ip6'
    this.style = style
  }

  text(): string {
    const { name, chains } = this.table
    // Chains are declared before rules lead to them.
    const declared = chains.map((chain) => `  chain ${chain.name} {${baseText(chain, name)} }\n`)
    const filled = chains.map((chain) => {
      return `  chain ${chain.name} {\n${chain.rules.map((rule) => `    ${this.rule(rule)}\n`).join('')}  }\n`
    })
    const body = [...declared, ...this.sets, ...filled].join('')
    return `table ${this.style.inet ? 'inet' : this.ip} lab-${name} {\n${body}}\n`
  }

  private rule({ tests, deed }: RuleSpec): string {
    return [...tests.map((test) => this.test(test)), this.deed(deed)].join(' ')
  }

  private test(test: TestSpec): string {
    const not = test.not ? '!= ' : ''
    switch (test.kind) {
      case 'source':
        return `${this.ip} saddr ${not}${this.prefix(test.prefix)}`
      case 'destination':
        return `${this.ip} daddr ${not}${this.prefix(test.prefix)}`
      case 'protocol': {
        if (!test.ports) return `meta l4proto ${not}${test.protocol}`
        const [low, high] = test.ports
        const ports = low === high ? low : `${low}-${high}`
        // nft wants to see the protocol by itself where the rule goes on to change ports.
        return this.style.sets
          ? `meta l4proto ${test.protocol} meta l4proto . th dport { ${test.protocol} . ${ports} }`
          : `${test.protocol} dport ${ports}`
      }
      case 'in':
      case 'out':
        return `${test.kind === 'in' ? 'iifname' : 'oifname'} ${not}"${test.name.replace('+', '*')}"`
      case 'mark':
        return `meta mark & ${test.mask} ${not || '== '}${test.value}`
      case 'connmark':
        return `ct mark & ${test.mask} ${not || '== '}${test.value}`
      case 'state':
        return `ct state ${not}{ ${test.states.join(', ').toLowerCase()} }`
      case 'status':
        return `ct status ${test.not ? '! ' : ''}${test.status.toLowerCase()}`
      case 'local':
        return `fib ${test.side === 'source' ? 'saddr' : 'daddr'} type ${not}local`
      case 'spelt':
        return test.text
      case 'random':
        return `numgen random mod 1000 < ${test.thousandths}`
    }
  }

  /** The prefix, or a set that holds it beside one that no packet comes from or goes to. */
  private prefix(prefix: string): string {
    if (!this.style.sets) return prefix
    const name = `prefixes-${this.sets.length}`
    const [type, other] = this.ip === 'ip' ? ['ipv4_addr', '198.18.0.0/15'] : ['ipv6_addr', '2001:db8::/32']
    this.sets.push(`  set ${name} { type ${type}; flags interval; elements = { ${prefix}, ${other} }; }\n`)
    return `@${name}`
  }

  private deed(deed: DeedSpec): string {
    const { inet } = this.style
    const ip = inet ? ` ${this.ip}` : ''
    const icmp = inet ? 'icmpx' : this.ip === 'ip' ? 'icmp' : 'icmpv6'
    switch (deed.kind) {
      case 'spelt':
        return deed.text
      case 'nothing':
        return 'counter'
      case 'jump':
      case 'goto':
        return `${deed.kind} ${deed.chain}`
      case 'reject':
        return `reject with ${icmp} type ${deed.prohibited ? 'admin-prohibited' : 'port-unreachable'}`
      case 'dnat':
        return `dnat${ip} to ${targetText(deed)}`
      case 'redirect':
        return `redirect${deed.port === null ? '' : ` to :${deed.port}`}`
      case 'snat':
        return `snat${ip} to ${deed.address}`
      case 'mark':
        return `meta mark set meta mark & ${deed.and} ^ ${deed.xor}`
      case 'connmark':
        return `ct mark set ct mark & ${deed.and} ^ ${deed.xor}`
      case 'save':
        return 'ct mark set meta mark'
      case 'restore':
        return 'meta mark set ct mark'
      default:
        return deed.kind
    }
  }
}

function baseText({ base }: ChainSpec, table: string): string {
  if (!base) return ''
  // Only a chain of this type has the packet routed again for its mark, as iptables' mangle has.
  const type = table === 'mangle' && base.hook === 'output' ? 'route' : base.type
  return ` type ${type} hook ${base.hook} priority ${base.priority}; policy ${base.policy};`
}

function targetText({ address, addressEnd, port }: Extract<DeedSpec, { kind: 'dnat' }>): string {
  const bracket = (text: string) => (port !== null && text.includes(':') ? `[${text}]` : text)
  const range = [address, addressEnd]
    .filter((end) => end !== null)
    .map(bracket)
    .join('-')
  return port === null ? range : `${range}:${port}`
}
