import type { EntryPath, NodePath, RuleAct } from '../../../model/report.ts'
import { sh } from '../../../model/shell.ts'
import { proxiesOn } from '../../../proxies/on-node.ts'
import type { Door, ServiceProxy } from '../../../proxies/proxy.ts'
import {
  type Analyzer,
  type Case,
  type Draft,
  entryText,
  familiesOf,
  ruleEvidence,
  walkedEntries,
  walkedNodes,
} from '../../case.ts'
import { onNode, restartProxy } from '../../fix.ts'

/** A hook that does not lead to the service rules. */
export const entryHookMissing: Analyzer = {
  code: 'SVP315',
  find(seen) {
    return [...walkedEntries(seen).flatMap(({ node, entry }) => takenEarlier(node, entry)), ...unhooked(seen)]
  },
}

/** A rule before the service rules that takes the packet, so that they never see it. */
function takenEarlier(node: string, entry: EntryPath): Draft[] {
  if (entry.kind === 'podIP' || isServed(entry) || entry.conditions.length > 0) return []
  const rule = entry.rules.find(
    ({ table, role, does, maybe }) => maybe === null && role === null && (table === 'nat' ? TAKES : SENDS).has(does),
  )
  if (!rule || (entry.outcome !== 'none' && entry.outcome !== 'dnat')) return []
  return [
    {
      node,
      subject: entryText(entry),
      message: `a rule of ${rule.chain} takes connections to ${entryText(entry)} before the service rules see them`,
      evidence: ruleEvidence(node, [rule]),
      fix: `${sh`remove that rule on ${node}`}, or exclude the services' addresses from it`,
      hits: [{ node, entry }],
    },
  ]
}

/** What ends the nat table for a connection; and what sends it elsewhere, in a table of any name. */
const TAKES = new Set<RuleAct>(['accept', 'return', 'translate'])
const SENDS = new Set<RuleAct>(['translate'])

/** Was the packet led to chains of the service? */
const isServed = ({ rules }: EntryPath): boolean =>
  rules.some(({ role, toRole }) => [role, toRole].some((one) => one === 'service' || one === 'endpoint'))

/** Of the rules that kube-proxy uses: what is left of another back end or mode, and no longer has a hook, takes no packet and does no harm. */
function unhooked(seen: Case): Draft[] {
  return walkedNodes(seen).flatMap(({ path, state }) =>
    familiesOf(path.entries.filter(({ kind }) => kind !== 'podIP')).flatMap((family) => {
      const { all, other } = proxiesOn(state, family)
      if (other !== null) return []
      return all.flatMap((proxy) =>
        proxy.doors.flatMap((door) => {
          const elsewhere = all.some(({ doors }) =>
            doors.some(({ hook, open }) => hook === door.hook && open !== false),
          )
          return door.open !== false || elsewhere ? [] : [unhookedDraft(seen, path, proxy, door)]
        }),
      )
    }),
  )
}

function unhookedDraft(seen: Case, path: NodePath, { source, begin, repair }: ServiceProxy, door: Door): Draft {
  const { command, file, table } = source
  const { name, hook } = door
  const outside = hook === 'prerouting'
  const who = outside ? 'pods and outside clients' : 'the node itself and pods on its network'
  const reopen = repair.open(door)
  return {
    node: path.name,
    subject: outside ? 'PREROUTING' : 'OUTPUT',
    message: `${name} of the table ${table} does not lead to ${begin}: ${who} reach no service through ${path.name}`,
    evidence: [{ node: path.name, command, file, line: null, text: `no rule of ${name} jumps to ${begin}` }],
    fix:
      reopen === null
        ? restartProxy(seen, path.name)
        : onNode(path.name, reopen, 'kube-proxy does so too when it is restarted'),
    ...(outside ? {} : { hits: [] }),
  }
}
