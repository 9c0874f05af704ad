import { createHash } from 'node:crypto'
import pkg from '../../../package.json' with { type: 'json' }
import type { CatalogueEntry } from '../../model/catalogue.ts'
import type { CheckedService, CheckReport } from '../../model/check.ts'
import type { Evidence } from '../../model/evidence.ts'
import type { Severity } from '../../model/finding.ts'
import type { Reason } from '../../model/report.ts'
import { printJson } from '../render.ts'
import { FINDINGS_PAGE, HOMEPAGE } from '../screen/links.ts'
import { UNSEEN } from './faults.ts'
import { migrationLines } from './migration.ts'
import { isWrong, plainFinding, unknownText } from './words.ts'

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' }

/** Not of the catalogue: what is wrong and no finding names, such as a service that is not there. */
const UNNAMED = 'not-reached'

/** One result before it is written down. */
interface Told {
  code: string
  level: string
  service: CheckedService
  /** What tells it from others of its code and service. */
  what: string
  text: string
  evidence: readonly Evidence[]
}

/** SARIF 2.1.0 (OASIS), as code scanning takes it: a rule a code, a result a finding, located by the Service and the files of the proof. */
export function renderSarif(report: CheckReport, catalogue: readonly CatalogueEntry[]): string {
  const told = report.services.flatMap(tellAll)
  const codes = [...new Set(told.map(({ code }) => code))].sort()
  const counts = new Map<string, number>()
  const results = told.map((one) => {
    const print = fingerprintOf(one)
    const count = (counts.get(print) ?? 0) + 1
    counts.set(print, count)
    return {
      ruleId: one.code,
      ruleIndex: codes.indexOf(one.code),
      level: one.level,
      message: { text: one.text.toWellFormed() },
      locations: locationsOf(one),
      // By this one code scanning knows an alert again from run to run; where it is missing, the action would hash a line of a file that no
      // repository has. `:1` is the count of equals, as the action's own fingerprints have it.
      partialFingerprints: { primaryLocationLineHash: `${print}:${count}` },
    }
  })
  const driver = {
    ...{ name: pkg.name, version: pkg.version, informationUri: HOMEPAGE },
    rules: codes.map((code) => ruleOf(code, catalogue)),
  }
  return printJson({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', ...toldOfRun(report), results }],
  })
}

/** What is of the run and no result: what a move of the proxy would change. */
const toldOfRun = ({ migration }: CheckReport) =>
  migration
    ? {
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: migrationLines(migration).map((text) => ({
              level: 'note',
              message: { text: `to ${migration.to} mode: ${text}`.toWellFormed() },
            })),
          },
        ],
      }
    : {}

function ruleOf(code: string, catalogue: readonly CatalogueEntry[]) {
  const entry = catalogue.find((one) => one.code === code)
  if (!entry) return UNNAMED_RULE
  const { name, severity, what, how, proof, fix } = entry
  const parts = [
    ['How it happens', how],
    ['How it is proved', proof],
    ['How to fix it', fix],
  ] as const
  return {
    id: code,
    name,
    // What code scanning puts over an alert.
    shortDescription: { text: what },
    fullDescription: { text: what },
    helpUri: `${FINDINGS_PAGE}#${code.toLowerCase()}-${name}`,
    help: {
      text: parts.map(([title, text]) => `${title}: ${text}`).join('\n'),
      markdown: [what, ...parts.map(([title, text]) => `**${title}:** ${text}`)].join('\n\n'),
    },
    defaultConfiguration: { level: LEVELS[severity] },
  }
}

const UNNAMED_TEXT = 'The service does not work everywhere, and no finding names why: the message says what was seen.'
const UNNAMED_RULE = {
  id: UNNAMED,
  name: UNNAMED,
  shortDescription: { text: UNNAMED_TEXT },
  fullDescription: { text: UNNAMED_TEXT },
  helpUri: FINDINGS_PAGE,
  help: { text: UNNAMED_TEXT, markdown: UNNAMED_TEXT },
  defaultConfiguration: { level: 'error' },
}

function tellAll(service: CheckedService): Told[] {
  const findings = service.findings.map((finding) => ({
    code: finding.code,
    level: LEVELS[finding.severity],
    service,
    what: `${finding.node} ${finding.subject}`,
    text: plainFinding(finding).join('\n'),
    evidence: finding.evidence,
  }))
  const [wrong, unseen] = [service.unknowns.filter(isWrong), service.unknowns.filter((one) => !isWrong(one))]
  return [
    ...findings,
    ...tellReasons(UNNAMED, 'error', service, wrong),
    ...tellReasons(UNSEEN, 'note', service, unseen),
  ]
}

function tellReasons(code: string, level: string, service: CheckedService, reasons: readonly Reason[]): Told[] {
  if (reasons.length === 0) return []
  const text = [...new Set(reasons.map(unknownText))].join('\n')
  return [{ code, level, service, what: '', text, evidence: reasons.flatMap(({ evidence }) => evidence) }]
}

/** The same finding of two runs has one fingerprint, so that it is one alert. */
function fingerprintOf({ code, service: { namespace, name }, what }: Told): string {
  const hash = createHash('sha256').update(`${namespace}/${name} ${code} ${what}`).digest('hex')
  return hash.slice(0, 32)
}

/** Code scanning refuses a file of which one result has no place in a file, and lines begin at 1. */
function locationsOf({ service: { namespace, name }, evidence }: Told) {
  const { file, line } = evidence.find((one) => one.file !== '') ?? { file: SERVICES_FILE, line: null }
  return [
    {
      logicalLocations: [
        { name: name.toWellFormed(), fullyQualifiedName: `${namespace}/${name}`.toWellFormed(), kind: 'resource' },
      ],
      physicalLocation: {
        artifactLocation: { uri: file.toWellFormed().split('/').map(encodeURIComponent).join('/') },
        region: { startLine: Math.max(1, line ?? 1) },
      },
    },
  ]
}

/** Where a capture holds the services; the place of what no file proves. */
const SERVICES_FILE = 'api/services.json'
