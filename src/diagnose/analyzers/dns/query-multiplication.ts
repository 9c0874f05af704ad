import { type Analyzer, plural } from '../../case.ts'
import { withNote } from '../../fix.ts'

/** Search lists that multiply look-ups. */
export const queryMultiplication: Analyzer = {
  code: 'SVP205',
  find({ observation: { resolvConfs }, report: { dns } }) {
    const [conf] = resolvConfs
    // Where an alias leads is asked for as it is: only the name that a program gives goes through the search list (resolv.conf(5)).
    const [name] = dns?.names ?? []
    if (!conf || !name) return []
    const dots = name.split('.').length - 1
    if (dots >= conf.ndots || conf.search.length === 0) return []
    return [
      {
        subject: name,
        message: `${name} has ${plural(dots, 'dot')}, fewer than ndots (${conf.ndots}): looking up the full name first queries ${plural(conf.search.length, 'name')} of the search list`,
        evidence: [
          {
            node: null,
            command: 'cat /etc/resolv.conf',
            file: conf.origin,
            line: null,
            text: `options ndots:${conf.ndots}`,
          },
        ],
        fix: withNote(
          `getent hosts ${name}.`,
          'in the client: a dot at the end asks for that name alone; or lower ndots in the pod’s dnsConfig',
        ),
      },
    ]
  },
}
