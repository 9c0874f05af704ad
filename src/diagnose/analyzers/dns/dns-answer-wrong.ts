import { type Analyzer, apiEvidence, type Case } from '../../case.ts'
import { podWords, withNote } from '../../fix.ts'

/** A DNS pod that gives another address than the API. */
export const dnsAnswerWrong: Analyzer = {
  code: 'SVP202',
  find(seen) {
    const { dns } = seen.report
    return (dns?.servers ?? []).flatMap(({ pod, name, type, rcode, values, right }) => {
      if (right !== false || rcode !== 'NOERROR') return []
      const said = values.join(', ') || 'no address'
      const due = dns?.expected.find((one) => one.name === name && one.type === type)?.values.join(', ') ?? ''
      const effect = values.length === 0 ? 'clients that ask it get no address' : 'clients connect to the wrong place'
      const recent = changedJustNow(seen)
      const passing = recent ? ` (the endpoints changed at ${recent}: DNS may follow)` : ''
      return [
        {
          ...(recent ? { severity: 'warning' as const } : {}),
          subject: pod,
          message: `the DNS pod ${pod} answers ${name} ${type} with ${said}, not ${due}: ${effect}${passing}`,
          evidence: [apiEvidence(`dig +tcp ${name} ${type} (asked ${pod})`, said)],
          fix: withNote(
            `kubectl delete pod ${podWords(pod)}`,
            'a new one reads the API afresh; does its Corefile rewrite the name?',
          ),
        },
      ]
    })
  },
}

/** kubeadm's Corefile lets answers live for 30 seconds, and CoreDNS keep them as long; a few more for the API's news to get there. */
const LAG_MS = 35_000

/** When the addresses of a headless service changed, if that was moments before they were asked for; a cluster IP never changes. */
function changedJustNow({ service, endpoints, observation: { observedAt } }: Case): string | null {
  if (!service.headless || observedAt === null) return null
  const last = (endpoints ?? [])
    .flatMap(({ slice }) => slice?.changedAt ?? [])
    .sort()
    .at(-1)
  const age = last === undefined ? Number.NaN : Date.parse(observedAt) - Date.parse(last)
  return last !== undefined && age < LAG_MS ? last : null
}
