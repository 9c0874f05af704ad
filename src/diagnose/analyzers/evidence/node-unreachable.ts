import type { Analyzer } from '../../case.ts'

/** A node that could not be read. */
export const nodeUnreachable: Analyzer = {
  code: 'SVP801',
  find: ({ observation, report }) =>
    observation.unread
      .filter(({ node }) => report.nodes.some(({ name }) => name === node))
      // What is not Linux is not even tried (SVP804).
      .filter(({ node }) => {
        const system = observation.cluster.nodes?.find(({ name }) => name === node)?.operatingSystem ?? null
        return system === null || system === 'linux'
      })
      .map(({ node, reason, leftOut }) => ({
        node,
        subject: node,
        message: `${node} was not read (${reason}): nothing is known about its clients`,
        fix: leftOut
          ? 'read all of them with --all-nodes, or this one with --node'
          : 'try another way to read it: --via exec, debug or ssh',
      })),
}
