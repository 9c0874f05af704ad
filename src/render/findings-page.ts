import type { CatalogueEntry } from '../model/catalogue.ts'
import { referenceUrl } from './explain.ts'

/** docs/findings.md: the catalogue as a page. */
export function findingsPage(entries: readonly CatalogueEntry[]): string {
  const rows = entries.map(
    ({ code, name, severity, what }) =>
      `| [${code}](#${code.toLowerCase()}-${name}) | ${name} | ${severity} | ${what} |`,
  )
  return `${[
    '# Findings',
    '',
    'Written by `npm run docs` from `src/diagnose/catalogue/`; `kubectl svcpath explain CODE` says the same.',
    '',
    '| code | name | level | what it is |',
    '|---|---|---|---|',
    ...rows,
    ...entries.flatMap(section),
  ].join('\n')}\n`
}

function section({ code, name, severity, what, how, proof, fix, references }: CatalogueEntry): string[] {
  const links = references.map((one) => `[${one}](${referenceUrl(one)})`).join(', ')
  return [
    ...['', `<a id="${code.toLowerCase()}"></a>`, '', `## ${code} ${name}`, '', `*${severity}.* ${what}`, ''],
    ...[`- **How it happens:** ${how}`, `- **How it is proved:** ${proof}`, `- **How to fix it:** ${fix}`],
    ...(links ? [`- **Seen in:** ${links}`] : []),
  ]
}
