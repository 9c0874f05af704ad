import type { Family } from '../../../model/address.ts'
import type { NodeState } from '../../../model/node.ts'
import { type Analyzer, type Draft, familiesOf, sysctlEvidence, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { counterEvidence, countOf, growthOf, lacksCounters, rate, sinceThen, span } from '../../growth.ts'

/** A table of neighbours that takes no further ones. It is one for all network namespaces of the node. */
export const neighbourTableFull: Analyzer = {
  code: 'SVP413',
  beyond: true,
  needs: lacksCounters,
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path, state }) =>
      familiesOf(path.entries).flatMap((family) => refusalsAt(state, family)),
    ),
}

const TABLES = { 4: { table: 'arp_cache', ip: 'ipv4' }, 6: { table: 'ndisc_cache', ip: 'ipv6' } }

/** Entries that count for no limit are among those that are listed, so that only what was refused proves anything. */
function refusalsAt(state: NodeState, family: Family): Draft[] {
  const { name } = state
  const { table, ip } = TABLES[family]
  const [full, size] = [`${table} table_fulls`, `${table} entries`]
  const limit = `net.${ip}.neigh.default.gc_thresh3`
  const growth = growthOf(state)
  const now = growth?.of(full) ?? null
  const [refused, entries] = [countOf(state, full) ?? 0, countOf(state, size) ?? 0]
  if (refused === 0) return []
  const most = state.sysctls?.get(limit)
  const isAtLimit = most !== undefined && entries >= Number(most)
  const held = most === undefined ? `${entries} entries` : `${entries} entries, of ${most} that it may hold`
  const unread = isAtLimit ? 'warning' : 'info'
  return [
    {
      node: name,
      subject: `${table}`,
      severity: now ? 'error' : now === null ? unread : 'info',
      message:
        growth && now
          ? `the table of IPv${family} neighbours of ${name} is full (${held}): in ${span(growth)} it refused ${now} new ones (${rate(now, growth)}); packets to pods and nodes that are not in it are lost`
          : `since ${name} booted, its table of IPv${family} neighbours refused ${refused} new ones because it was full; it has ${held}${sinceThen(now === null ? null : growth)}`,
      evidence: [
        ...counterEvidence(state, `cat /proc/net/stat/${table}`, [size, full]),
        ...(most === undefined ? [] : [sysctlEvidence(name, limit, most)]),
      ],
      fix: onNode(
        name,
        `sysctl -w ${limit}=${Math.max(8192, 2 * entries)}`,
        'gc_thresh2 to half of it; keep both in /etc/sysctl.d. One table serves all network namespaces of the node',
      ),
    },
  ]
}
