import type { Migration, NodeMigration } from '../../model/check.ts'

/** What is known of the move of each node, in lines: nodes of which the same is true share one. */
export const migrationLines = ({ to, nodes }: Migration): string[] =>
  [...Map.groupBy(nodes, (node) => textOf(node, to))].map(
    ([text, some]) => `${some.map(({ name }) => name).join(', ')}: ${text}`,
  )

function textOf({ now, changes, unread, reason }: NodeMigration, to: string): string {
  const missing = unread.length > 0 ? `; not read: ${unread.join(', ')}` : ''
  switch (now) {
    case 'there':
      return `kube-proxy is in ${to} mode already`
    case 'foreign':
      return 'kube-proxy does not serve Services here, so its mode changes nothing'
    case 'unread':
      return `not read${reason ? ` (${reason})` : ''}: what would change is not known`
    case 'unknown':
      return `what would change is not known${missing}`
    case 'other':
      return changes === 0
        ? `nothing found that would change${missing}`
        : `${changes} ${changes === 1 ? 'difference' : 'differences'} found, see SVP335${missing}`
  }
}
