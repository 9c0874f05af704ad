import type { Analyzer } from '../case.ts'

/** A node that could not be read. */
export const nodeUnreachable: Analyzer = {
  code: 'SVP801',
  find: ({ observation, report }) =>
    observation.unread
      .filter(({ node }) => report.nodes.some(({ name }) => name === node))
      .map(({ node, reason }) => ({
        node,
        subject: node,
        message: `${node} was not read (${reason}): what its clients meet is not known`,
        fix: 'try another way onto it: --via exec, debug or ssh',
      })),
}
