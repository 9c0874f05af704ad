import { type Analyzer, apiEvidence } from '../case.ts'
import { podWords } from '../fix.ts'

/** A DNS pod that answers with an error. */
export const dnsNoAnswer: Analyzer = {
  code: 'SVP203',
  find({ report: { dns } }) {
    return (dns?.servers ?? []).flatMap(({ pod, name, type, rcode, right }) => {
      if (right !== false || rcode === 'NOERROR' || rcode === null) return []
      return [
        {
          subject: pod,
          message: `the DNS pod ${pod} answers ${name} ${type} with ${rcode}: clients that ask it do not find the service`,
          evidence: [apiEvidence(`dig +tcp ${name} ${type} (asked ${pod})`, rcode)],
          fix: `kubectl logs ${podWords(pod)} --tail=100`,
        },
      ]
    })
  },
}
