/** How the service tables of data planes are told from all else. */

export type TableTextKind = 'ovnLb' | 'calicoNat' | 'antreaFlows'

/** Lines of each that nothing else prints, and the letters that they begin with. */
export const TABLE_LINES: readonly (readonly [TableTextKind, letters: string, line: string])[] = [
  ['ovnLb', 'u', 'UUID\\s+LB\\s+PROTO\\s+VIP\\s+IPs'],
  ['ovnLb', '0123456789abcdef', '[\\da-f]{8}-[\\da-f-]{27}\\s+\\S+\\s+(?:tcp|udp|sctp)\\s+\\S+:\\d+'],
  ['calicoNat', '0123456789abcdef:', '[\\da-f.:]+ port \\d+ proto \\d+ id \\d+ count \\d+ local \\d+'],
  [
    'antreaFlows',
    'ct ',
    ' *(?:cookie=\\S+ .*)?table=\\w+, ?.*\\b(?:nw|ipv6)_dst=\\S+,tp_dst=\\d+ actions=.*\\bgroup:\\d+',
  ],
  ['antreaFlows', 'g ', ' *group_id=\\d+,type=select,'],
]

const MORE: Readonly<Record<TableTextKind, RegExp>> = {
  ovnLb: /^\s+(?:tcp|udp|sctp)\s+\S+:\d+/,
  calicoNat: /^\s+\d+:\d+\s+\S+:\d+\s*$|^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \[[A-Z]+\]/,
  antreaFlows: /^\s*(?:cookie=\S+ .*)?(?:table=\w+, |group_id=\d+,|bucket=bucket_id:)/,
}

/** Does a line go on with what a line of that kind began? */
export const continuesTable = (kind: TableTextKind, line: string): boolean => MORE[kind].test(line)
