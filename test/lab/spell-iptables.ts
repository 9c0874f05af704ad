/** A random rule set as `iptables-restore` reads it. */
import type { Family } from './places.ts'
import { type DeedSpec, IPTABLES, type RuleSetSpec, type RuleSpec, type TestSpec } from './rules.ts'

/** All four tables, so that what is not in the rule set is emptied. */
export function iptablesText(spec: RuleSetSpec): string {
  const tables = IPTABLES.map((name) => {
    const chains = spec.tables.find((table) => table.name === name)?.chains ?? []
    const declared = chains.map(({ name, base }) => `:${name} ${base ? base.policy.toUpperCase() : '-'} [0:0]\n`)
    const rules = chains.flatMap(({ name, rules }) => rules.map((rule) => `-A ${name}${ruleText(rule, spec.family)}\n`))
    return `*${name}\n${declared.join('')}${rules.join('')}COMMIT\n`
  })
  return tables.join('')
}

function ruleText({ tests, deed }: RuleSpec, family: Family): string {
  return [...tests.map(testText), deedText(deed, family)].map((text) => (text === '' ? '' : ` ${text}`)).join('')
}

function testText(test: TestSpec): string {
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
    case 'local':
      return `-m addrtype ${not}--${test.side === 'source' ? 'src' : 'dst'}-type LOCAL`
    case 'spelt':
      return test.text
    case 'random':
      return `-m statistic --mode random --probability ${test.thousandths / 1000}`
  }
}

function deedText(deed: DeedSpec, family: Family): string {
  switch (deed.kind) {
    case 'spelt':
      return deed.text
    case 'nothing':
      return ''
    case 'jump':
      return `-j ${deed.chain}`
    case 'goto':
      return `-g ${deed.chain}`
    case 'reject':
      return `-j REJECT --reject-with ${REASONS[family][deed.prohibited ? 1 : 0]}`
    case 'dnat':
      return `-j DNAT --to-destination ${targetText(deed)}`
    case 'redirect':
      return `-j REDIRECT${deed.port === null ? '' : ` --to-ports ${deed.port}`}`
    case 'snat':
      return `-j SNAT --to-source ${deed.address}`
    case 'mark':
    case 'connmark':
      return `-j ${deed.kind.toUpperCase()} --set-xmark ${deed.xor}/${~deed.and >>> 0}`
    case 'save':
    case 'restore':
      return `-j CONNMARK --${deed.kind}-mark`
    default:
      return `-j ${deed.kind.toUpperCase()}`
  }
}

const REASONS = {
  4: ['icmp-port-unreachable', 'icmp-admin-prohibited'],
  6: ['icmp6-port-unreachable', 'icmp6-adm-prohibited'],
} as const

function targetText({ address, addressEnd, port }: Extract<DeedSpec, { kind: 'dnat' }>): string {
  const range = addressEnd === null ? address : `${address}-${addressEnd}`
  if (port === null) return range
  return address.includes(':') ? `[${range}]:${port}` : `${range}:${port}`
}
