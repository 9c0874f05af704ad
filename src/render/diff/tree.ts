import type { DiffOutcome, DiffReport, ServiceDiff } from '../../model/diff/report.ts'
import { type Look, wrap } from '../terminal.ts'
import {
  causeSections,
  gistOf,
  headlineOf,
  type Item,
  nodeSections,
  type Section,
  serviceSections,
  sidesOf,
  verdictText,
} from './sections.ts'

/** What changed, for a person: what came of it first, then the way, then what changed it, then the rest. */
export function renderDiffTree(report: DiffReport, look: Look): string {
  const { services, asked, outcome } = report
  const { colour } = look
  const most = look.verbose ? null : MOST_LINES
  const isList = !look.verbose && asked === null && services.length > MOST_SERVICES
  const parts = [
    [paint(outcome, headlineOf(report), look), ...sideLines(report, look)],
    ...(asked === null ? [overview(services, look)] : []),
    ...causeSections(report, most).map((section) => sectionLines(section, look)),
    ...(isList ? [] : services).flatMap((one) => {
      const sections = serviceSections(one, report, most).map((section) => sectionLines(section, look))
      return asked === null && sections.length > 0 ? [[colour.bold(nameOf(one))], ...sections] : sections
    }),
    ...nodeSections(report, most).map((section) => sectionLines(section, look)),
    isList ? wrap('Name a SERVICE, or add -v, to see what changed of each.', look.width) : [],
  ]
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

const MOST_LINES = 12

/** Of more services than these each has a line alone. */
const MOST_SERVICES = 4

function sideLines(report: DiffReport, { colour, width }: Look): string[] {
  return sidesOf(report).flatMap(([name, origin, time]) =>
    wrap(`${name.padEnd(6)} ${origin}  ${time}`, width).map((line) => colour.dim(line)),
  )
}

/** A line a service. */
const overview = (services: readonly ServiceDiff[], look: Look): string[] =>
  services.map((one) =>
    [`${paint(one.outcome, SIGNS[one.outcome], look)} ${nameOf(one)}  ${verdictText(one)}`, gistOf(one)]
      .filter(Boolean)
      .join('  '),
  )

const SIGNS: Record<DiffOutcome, string> = { worse: '✗', changed: '~', unknown: '?', same: '·' }

const nameOf = ({ namespace, name }: ServiceDiff): string => `${namespace}/${name}`

const sectionLines = ({ title, items }: Section, look: Look): string[] => [
  look.colour.bold(title),
  ...items.flatMap((item) => itemLines(item, look)),
]

function itemLines({ sign, where, text, inner }: Item, { colour, width }: Look): string[] {
  const indent = inner ? 4 : 2
  const lines = wrap([where, text].filter(Boolean).join('  '), width === null ? null : width - indent - 2)
  const tint = { '-': colour.red, '+': colour.green, '✗': colour.red, '!': colour.yellow, '?': colour.cyan }
  const painted = sign in tint ? tint[sign as keyof typeof tint](sign) : sign
  return lines.map((line, i) => `${' '.repeat(indent)}${i === 0 ? painted : ' '} ${line}`)
}

function paint(outcome: DiffOutcome, text: string, { colour }: Look): string {
  return { worse: colour.red, changed: colour.yellow, unknown: colour.cyan, same: colour.green }[outcome].bold(text)
}
