import { familyOf } from '../../../model/address.ts'
import { findDnsService } from '../../../model/kube/cluster-dns.ts'
import type { DnsLeg } from '../../../model/report.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, slicesCommand } from '../../case.ts'
import { withNote } from '../../fix.ts'

/** What a message over UDP may hold where the client does not say that it takes more (RFC 1035, 4.2.1; RFC 6891). */
const PLAIN_BYTES = 512

/** A name with so many addresses that they do not fit into one answer over UDP. */
export const largeDnsAnswer: Analyzer = {
  code: 'SVP208',
  beyond: true,
  find({ service, observation, report: { dns } }) {
    if (!dns) return []
    const dnsService = findDnsService(observation)
    return dns.expected.flatMap((record) => {
      const { type, name } = record
      const count = countOf(dns, record)
      const bytes = leastBytes(record, count)
      if ((type !== 'A' && type !== 'AAAA') || bytes <= PLAIN_BYTES) return []
      const onlyUdp = dnsService !== null && !dnsService.ports.some((one) => one.port === 53 && one.protocol === 'TCP')
      const effect = onlyUdp
        ? 'and the cluster DNS has no port for TCP by which clients could get the rest'
        : 'clients must ask again over TCP; those that cannot (musl before 1.2.4: Alpine before 3.18) get a part of the addresses, or none'
      return [
        {
          subject: `${name} ${type}`,
          ...(onlyUdp ? { severity: 'warning' as const } : {}),
          message: `${name} has ${count} addresses: the answer takes ${bytes} bytes or more, and without EDNS0 an answer over UDP ends at ${PLAIN_BYTES}: ${effect}`,
          evidence: [apiEvidence(slicesCommand(service), `${count} addresses`)],
          fix: onlyUdp
            ? withNote(
                sh`kubectl edit service -n ${dnsService.namespace} ${dnsService.name}`,
                'add port 53 with protocol TCP',
              )
            : withNote(
                sh`getent ahosts ${name}`,
                `in a client's container: does it list all ${count}? If not, a newer base image asks again over TCP`,
              ),
        },
      ]
    })
  },
}

/** As many as were answered, else as the API has. */
function countOf({ servers }: DnsLeg, { type, name, values }: DnsLeg['expected'][number]): number {
  const answered = (servers ?? []).filter((one) => one.name === name && one.type === type && one.right === true)
  return Math.max(...answered.map((one) => one.values.length), answered.length > 0 ? 0 : values.length)
}

/** Header, question, and for each address a record whose name is but a pointer to that of the question (RFC 1035, 4.1). */
function leastBytes({ name, values: [first] }: DnsLeg['expected'][number], count: number): number {
  const question = name.length + 2 + 4
  return 12 + question + count * (12 + (familyOf(first ?? '') === 6 ? 16 : 4))
}
