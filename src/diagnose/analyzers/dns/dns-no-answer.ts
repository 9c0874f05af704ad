import type { DnsServerAnswer } from '../../../model/report.ts'
import { type Analyzer, apiEvidence, ofApi } from '../../case.ts'
import { podWords, withNote } from '../../fix.ts'

/** A DNS pod that answers with an error, or not at all. */
export const dnsNoAnswer: Analyzer = {
  code: 'SVP203',
  // One that could not be asked beside others that answer is told by the DNS leg itself.
  needs({ report: { dns } }) {
    const [first] = dns?.servers ?? []
    const nothing = dns?.servers?.every((one) => one.right === null && !isSilent(one))
    return first && nothing ? ofApi(`usable answers of the DNS pods (${first.pod}: ${first.error})`) : []
  },
  find({ report: { dns } }) {
    return (dns?.servers ?? []).flatMap((answer) => {
      const { pod, name, type, rcode, right, error } = answer
      const silent = isSilent(answer)
      if (!silent && (right !== false || rcode === 'NOERROR' || rcode === null)) return []
      const said = silent ? `does not answer ${name} ${type} (${error})` : `answers ${name} ${type} with ${rcode}`
      return [
        {
          subject: pod,
          message: `the DNS pod ${pod} ${said}: clients that ask it do not find the service`,
          evidence: [apiEvidence(`dig +tcp ${name} ${type} (asked ${pod})`, (silent ? error : rcode) ?? '')],
          fix: withNote(
            `kubectl logs ${podWords(pod)} --tail=100`,
            'can it reach the API, and does it serve this domain?',
          ),
        },
      ]
    })
  },
}

/** Was the pod reached, and gave no answer? What did not get as far as the pod (`forbidden`, a time limit of the API's) says nothing about it. */
const isSilent = ({ rcode, silent }: DnsServerAnswer): boolean => rcode === null && silent === true
