import type { Analyzer } from '../case.ts'
import { clusterDnsMissing } from './dns/cluster-dns-missing.ts'
import { dnsAnswerWrong } from './dns/dns-answer-wrong.ts'
import { dnsNoAnswer } from './dns/dns-no-answer.ts'
import { largeDnsAnswer } from './dns/large-dns-answer.ts'
import { nodeLocalDns } from './dns/node-local-dns.ts'
import { nodeLocalDnsDead } from './dns/node-local-dns-dead.ts'
import { otherResolver } from './dns/other-resolver.ts'
import { queryMultiplication } from './dns/query-multiplication.ts'

export const DNS: readonly Analyzer[] = [
  clusterDnsMissing,
  dnsAnswerWrong,
  dnsNoAnswer,
  otherResolver,
  queryMultiplication,
  nodeLocalDns,
  nodeLocalDnsDead,
  largeDnsAnswer,
]
