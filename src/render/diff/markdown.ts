import type { DiffReport, ServiceDiff } from '../../model/diff/report.ts'
import { code, plain } from '../markdown/escape.ts'
import type { Look } from '../terminal.ts'
import {
  causeSections,
  headlineOf,
  type Item,
  nodeSections,
  type Section,
  serviceSections,
  sidesOf,
  verdictText,
} from './sections.ts'

/** The same for a ticket or a chat that sets Markdown. */
export function renderDiffMarkdown(report: DiffReport, look: Look): string {
  const { services, asked } = report
  const most = look.verbose ? null : MOST_LINES
  const parts = [
    [`## ${plain(headlineOf(report))}`],
    sidesOf(report).map(([name, origin, time]) => `- **${name}**: ${code(origin)}, ${plain(time)}`),
    asked === null ? table(services) : [],
    ...causeSections(report, most).map(sectionLines),
    ...services.flatMap((one) => [
      ...(asked === null && serviceSections(one, report, most).length > 0 ? [[`### ${plain(nameOf(one))}`]] : []),
      ...serviceSections(one, report, most).map(sectionLines),
    ]),
    ...nodeSections(report, most).map(sectionLines),
  ]
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

const MOST_LINES = 30

const nameOf = ({ namespace, name }: ServiceDiff): string => `${namespace}/${name}`

function table(services: readonly ServiceDiff[]): string[] {
  if (services.length === 0) return []
  const rows = services.map((one) => `| ${plain(nameOf(one))} | ${one.outcome} | ${plain(verdictText(one))} |`)
  return ['| service | outcome | verdict |', '|---|---|---|', ...rows]
}

const sectionLines = ({ title, items }: Section): string[] => [
  `**${title[0]}${title.slice(1).toLowerCase()}**`,
  '',
  ...items.map(itemLine),
]

const itemLine = ({ sign, where, text, inner }: Item): string =>
  `${inner ? '  ' : ''}- ${code(sign)} ${where ? `${plain(where)}: ` : ''}${code(text)}`
