import { type Analyzer, apiEvidence } from '../case.ts'
import { podWords, withNote } from '../fix.ts'

/** A DNS pod that gives another address than the API. */
export const dnsAnswerWrong: Analyzer = {
  code: 'SVP202',
  find({ report: { dns } }) {
    return (dns?.servers ?? []).flatMap(({ pod, name, type, rcode, values, right }) => {
      if (right !== false || rcode !== 'NOERROR') return []
      const said = values.join(', ') || 'no address'
      const due = dns?.expected.find((one) => one.name === name && one.type === type)?.values.join(', ') ?? ''
      return [
        {
          subject: pod,
          message: `the DNS pod ${pod} answers ${name} ${type} with ${said}, not ${due}: clients connect to the wrong place`,
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
