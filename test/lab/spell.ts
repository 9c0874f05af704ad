/** The two spellings of a random rule set: what `iptables-restore` and `nft -f` read. */
import type { ChainSpec, DeedSpec, RuleSetSpec, RuleSpec, TableName, TestSpec } from './rules.ts'

/** All four tables, so that what is not in the rule set is emptied. */
export function iptablesText(spec: RuleSetSpec): string {
  const tables = (['raw', 'mangle', 'nat', 'filter'] as const).map((name) => {
    const chains = spec.tables.find((table) => table.name === name)?.chains ?? []
    const declared = chains.map((chain) => `:${chain.name} ${chain.base ? chain.base.policy.toUpperCase() : '-'} [0:0]`)
    const rules = chains.flatMap((chain) => chain.rules.map((rule) => `-A ${chain.name}${iptablesRule(rule, spec.family)}`))
    return [`*${name}`, ...declared, ...rules, 'COMMIT', ''].join('\n')
  })
  return tables.join('')
}

function iptablesRule({ tests, deed }: RuleSpec, family: 4 | 6): string {
  return [...tests.map(iptablesTest), ...iptablesDeed(deed, family)].map((word) => ` ${word}`).join('')
}

function iptablesTest(test: TestSpec): string {
  const not = test.not ? '! ' : ''
  switch (test.kind) {
    case 'source':
      return `${not}-s ${test.prefix}`
    case 'destination':
      return `${not}-d ${test.prefix}`
    case 'protocol':
      return `${not}-p ${test.protocol}${test.ports ? ` -m ${test.protocol} --dport ${test.ports.join(':')}` : ''}`
    case 'in':
      return `${not}-i ${test.name}`
    case 'out':
      return `${not}-o ${test.name}`
    case 'mark':
    case 'connmark':
      return `-m ${test.kind} ${not}--mark ${test.value}/${test.mask}`
    case 'state':
      return `-m conntrack ${not}--ctstate ${test.states.join(',')}`
    case 'status':
      return `-m conntrack ${not}--ctstate ${test.status}`
    case 'type':
      return `-m addrtype ${not}--${test.side === 'source' ? 'src' : 'dst'}-type ${test.type}`
    case 'random':
      return `-m statistic --mode random --probability ${test.thousandths / 1000}`
  }
}

function iptablesDeed(deed: DeedSpec, family: 4 | 6): string[] {
  switch (deed.kind) {
    case 'nothing':
      return []
    case 'jump':
      return [`-j ${deed.chain}`]
    case 'goto':
      return [`-g ${deed.chain}`]
    case 'reject':
      return [`-j REJECT --reject-with ${REJECTS[family][deed.prohibited ? 1 : 0]}`]
    case 'dnat':
      return [`-j DNAT --to-destination ${targetOf(deed)}`]
    case 'redirect':
      return [`-j REDIRECT${deed.port === null ? '' : ` --to-ports ${deed.port}`}`]
    case 'snat':
      return [`-j SNAT --to-source ${deed.address}`]
    case 'mark':
      return [`-j MARK --set-xmark ${deed.xor}/${~deed.and >>> 0}`]
    case 'connmark':
      return [`-j CONNMARK --set-xmark ${deed.xor}/${~deed.and >>> 0}`]
    case 'save':
    case 'restore':
      return [`-j CONNMARK --${deed.kind}-mark`]
    default:
      return [`-j ${deed.kind.toUpperCase()}`]
  }
}

const REJECTS = { 4: ['icmp-port-unreachable', 'icmp-admin-prohibited'], 6: ['icmp6-port-unreachable', 'icmp6-adm-prohibited'] } as const

/** With a port, IPv6 addresses are bracketed: both ends in one pair for iptables, each in its own for nft. */
function targetOf({ address, addressEnd, port }: Extract<DeedSpec, { kind: 'dnat' }>, between = '-'): string {
  const range = addressEnd === null ? address : `${address}${between}${addressEnd}`
  if (port === null) return range.replace(between, '-')
  return address.includes(':') ? `[${range}]:${port}` : `${range.replace(between, '-')}:${port}`
}

/** One table each, of the family or of both. */
export function nftText(spec: RuleSetSpec, inet: boolean): string {
  const family = inet ? 'inet' : spec.family === 4 ? 'ip' : 'ip6'
  const tables = spec.tables.map(({ name, chains }) => {
    // Chains are declared before rules lead to them.
    const blocks = chains.map((chain) => `  chain ${chain.name} {${baseOf(chain, name)}\n  }\n`)
    const filled = chains.map((chain) => `  chain ${chain.name} {\n${chain.rules.map((rule) => `    ${nftRule(rule, spec.family, inet)}\n`).join('')}  }\n`)
    return `table ${family} lab-${name} {\n${blocks.join('')}${filled.join('')}}\n`
  })
  return tables.join('')
}

function baseOf({ base }: ChainSpec, table: TableName): string {
  if (!base) return ''
  const type = table === 'mangle' && base.hook === 'output' ? 'route' : base.type
  return `\n    type ${type} hook ${base.hook} priority ${base.priority}; policy ${base.policy};`
}

function nftRule({ tests, deed }: RuleSpec, family: 4 | 6, inet: boolean): string {
  return [...tests.map((test) => nftTest(test, family)), nftDeed(deed, family, inet)].join(' ')
}

function nftTest(test: TestSpec, family: 4 | 6): string {
  const not = test.not ? '!= ' : ''
  const ip = family === 4 ? 'ip' : 'ip6'
  switch (test.kind) {
    case 'source':
      return `${ip} saddr ${not}${test.prefix}`
    case 'destination':
      return `${ip} daddr ${not}${test.prefix}`
    case 'protocol':
      return test.ports ? `${test.protocol} dport ${not}${test.ports.join('-')}` : `meta l4proto ${not}${test.protocol}`
    case 'in':
      return `iifname ${not}"${test.name.replace('+', '*')}"`
    case 'out':
      return `oifname ${not}"${test.name.replace('+', '*')}"`
    case 'mark':
      return `meta mark & ${test.mask} ${not || '== '}${test.value}`
    case 'connmark':
      return `ct mark & ${test.mask} ${not || '== '}${test.value}`
    case 'state':
      return `ct state ${not}{ ${test.states.join(', ').toLowerCase()} }`
    case 'status':
      return `ct status ${test.not ? '! ' : ''}${test.status.toLowerCase()}`
    case 'type':
      return `fib ${test.side === 'source' ? 's' : 'd'}addr type ${not}${test.type.toLowerCase()}`
    case 'random':
      return `numgen random mod 1000 < ${test.thousandths}`
  }
}

function nftDeed(deed: DeedSpec, family: 4 | 6, inet: boolean): string {
  const ip = inet ? (family === 4 ? ' ip' : ' ip6') : ''
  const icmp = inet ? 'icmpx' : family === 4 ? 'icmp' : 'icmpv6'
  switch (deed.kind) {
    case 'nothing':
      return 'counter'
    case 'jump':
    case 'goto':
      return `${deed.kind} ${deed.chain}`
    case 'reject':
      return `reject with ${icmp} type ${deed.prohibited ? 'admin-prohibited' : 'port-unreachable'}`
    case 'dnat':
      return `dnat${ip} to ${targetOf(deed, ']-[')}`
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
