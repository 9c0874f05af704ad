import type { PathReport } from '../model/report.ts'

/** The way of a service in one text, with its verdict: of two looks it is the same where nothing of the way changed. */
export const wayText = ({ verdict, nodes, findings, dns }: PathReport): string =>
  JSON.stringify([
    verdict,
    dns?.verdict,
    nodes.map(({ name, verdict: own, entries }) => [
      name,
      own,
      entries.map(({ kind, address, port, who, outcome, verdict: judged, endpoints }) => [
        ...[kind, address, port, who.kind, outcome, judged],
        endpoints
          .map((one) => [
            ...[one.address, one.port, one.probability.toFixed(6), one.state, one.fate, one.masquerade],
            ...[one.link.interface, one.link.via, one.link.remote?.interface],
          ])
          .map((parts) => parts.join(' '))
          .sort(),
      ]),
    ]),
    findings.filter(({ severity }) => severity === 'error').map(({ code, node, subject }) => [code, node, subject]),
  ])
