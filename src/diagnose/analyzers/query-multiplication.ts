import { type Analyzer, plural } from '../case.ts'

/** Search lists that multiply look-ups. */
export const queryMultiplication: Analyzer = {
  code: 'SVP205',
  find({ observation: { resolvConfs }, service }) {
    const [conf] = resolvConfs
    if (!conf || !service.externalName) return []
    const dots = service.externalName.split('.').length - 1
    if (dots >= conf.ndots || conf.search.length === 0) return []
    return [
      {
        subject: service.externalName,
        message: `${service.externalName} has fewer dots than ndots (${conf.ndots}): each look-up first tries ${plural(conf.search.length, 'name')} of the search list`,
        evidence: [
          {
            node: null,
            command: 'cat /etc/resolv.conf',
            file: conf.origin,
            line: null,
            text: `options ndots:${conf.ndots}`,
          },
        ],
        fix: 'write the name with a dot at its end, or lower ndots in the pod’s dnsConfig',
      },
    ]
  },
}
