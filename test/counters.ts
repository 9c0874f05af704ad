/** What a node's counters look like in a capture. */

const hex = (value: number): string => value.toString(16).padStart(8, '0')

/** A reading of two CPUs, the second of which counted nothing. What is left out, the kernel does not have. */
export function countersText(
  uptime: number,
  tables: {
    conntrack?: Record<string, number>
    arp?: Record<string, number>
    softnet?: [processed: number, dropped: number]
  },
  rules: readonly string[] = [],
): string {
  const table = (name: string, columns: Record<string, number> | undefined) =>
    columns === undefined
      ? []
      : [
          `/proc/net/stat/${name}:${Object.keys(columns).join('  ')}`,
          `/proc/net/stat/${name}:${Object.values(columns).map(hex).join(' ')}`,
          `/proc/net/stat/${name}:${Object.entries(columns)
            .map(([column, value]) => hex(column === 'entries' ? value : 0))
            .join(' ')}`,
        ]
  const softnet = tables.softnet
    ? [tables.softnet, [0, 0]].map((row) => `/proc/net/softnet_stat:${row.map(hex).join(' ')} 00000000`)
    : []
  const lines = [
    `/proc/uptime:${uptime} 4206.32`,
    ...table('nf_conntrack', tables.conntrack),
    ...table('arp_cache', tables.arp),
    ...softnet,
    ...rules,
  ]
  return `${lines.join('\n')}\n`
}
