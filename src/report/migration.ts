/** What a check says of a move of the proxy to another mode, service by service, added up for each node. */
import { prospectsOn } from '../diagnose/migration.ts'
import type { Goal, Migration, NodeMigration } from '../model/check.ts'
import type { Finding } from '../model/finding.ts'
import { findingKey } from '../model/identity.ts'
import type { Observation } from '../model/observation.ts'
import type { PathReport } from '../model/report.ts'

/** The code under which changes are found. */
const CHANGES = 'SVP335'

export class MigrationDraft {
  private readonly nodes = new Map<string, { now: NodeMigration['now']; changes: Set<string>; unread: Set<string> }>()
  private readonly observation: Observation
  private readonly goal: Goal

  constructor(observation: Observation, goal: Goal) {
    this.observation = observation
    this.goal = goal
  }

  /** Adds what one service shows. */
  add(report: PathReport, findings: readonly Finding[]): void {
    for (const { name } of report.nodes) this.at(name)
    for (const { name, prospect } of prospectsOn(this.observation, report, this.goal)) {
      const node = this.at(name)
      node.now = prospect.now
      for (const what of prospect.unread) node.unread.add(what)
    }
    for (const one of findings) if (one.code === CHANGES && one.node) this.at(one.node).changes.add(findingKey(one))
  }

  finish(): Migration {
    const nodes = [...this.nodes].map(([name, { now, changes, unread }]): NodeMigration => {
      const reason = this.observation.unread.find(({ node }) => node === name)?.reason
      return {
        ...{ name, now, changes: changes.size, unread: [...unread] },
        ...(now === 'unread' && reason ? { reason } : {}),
      }
    })
    return { to: this.goal, nodes }
  }

  private at(name: string) {
    const known = this.nodes.get(name) ?? { now: 'unread', changes: new Set(), unread: new Set() }
    this.nodes.set(name, known)
    return known
  }
}
