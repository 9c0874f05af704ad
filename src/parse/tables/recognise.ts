/** How the service tables of data planes are told from all else. */

export type TableTextKind = 'ovnLb' | 'calicoNat'

/** Lines of each that nothing else prints, and the letters that they begin with. */
export const TABLE_LINES: readonly (readonly [TableTextKind, letters: string, line: string])[] = [
  ['ovnLb', 'u', 'UUID\\s+LB\\s+PROTO\\s+VIP\\s+IPs'],
  ['ovnLb', '0123456789abcdef', '[\\da-f]{8}-[\\da-f-]{27}\\s+\\S+\\s+(?:tcp|udp|sctp)\\s+\\S+:\\d+'],
  ['calicoNat', '0123456789abcdef:', '[\\da-f.:]+ port \\d+ proto \\d+ id \\d+ count \\d+ local \\d+'],
]

const MORE: Readonly<Record<TableTextKind, RegExp>> = {
  ovnLb: /^\s+(?:tcp|udp|sctp)\s+\S+:\d+/,
  calicoNat: /^\s+\d+:\d+\s+\S+:\d+\s*$|^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \[[A-Z]+\]/,
}

/** Does a line go on with what a line of that kind began? */
export const continuesTable = (kind: TableTextKind, line: string): boolean => MORE[kind].test(line)
