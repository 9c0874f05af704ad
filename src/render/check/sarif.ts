import { createHash } from 'node:crypto'
import pkg from '../../../package.json' with { type: 'json' }
import { findEntry } from '../../diagnose/catalogue.ts'
import type { CheckedService, CheckReport } from '../../model/check.ts'
import type { Finding, Severity } from '../../model/finding.ts'
import type { Evidence } from '../../model/report.ts'
import { printJson } from '../render.ts'
import { plainFinding, unknownText } from './words.ts'

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' }

/** The code under which what could not be seen is told. */
const UNSEEN = 'SVP802'

/** SARIF 2.1.0 (OASIS), as code scanning takes it: a rule a code, a result a finding, located by the Service and the files of the proof. */
export function renderSarif(report: CheckReport): string {
  const told = report.services.flatMap((service) => [
    ...service.findings.map((finding) => ({ code: finding.code, service, finding })),
    ...(service.unknowns.length > 0 ? [{ code: UNSEEN, service, finding: null }] : []),
  ])
  const codes = [...new Set(told.map(({ code }) => code))].sort()
  const results = told.map(({ code, service, finding }) => ({
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    ...(finding ? resultOf(service, finding) : unknownResult(service)),
  }))
  const driver = { name: 'kubectl-svcpath', version: pkg.version, rules: codes.map(ruleOf) }
  return printJson({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }],
  })
}

function ruleOf(code: string) {
  const { name, severity, what, how, proof, fix } = findEntry(code)!
  return {
    id: code,
    name,
    shortDescription: { text: name },
    fullDescription: { text: what },
    help: { text: `${how}\n${proof}\n${fix}` },
    defaultConfiguration: { level: LEVELS[severity] },
  }
}

function resultOf(service: CheckedService, finding: Finding) {
  return {
    level: LEVELS[finding.severity],
    message: { text: plainFinding(finding).join('\n').toWellFormed() },
    locations: locationsOf(service, finding.evidence),
    partialFingerprints: fingerprint(service, `${finding.code} ${finding.node} ${finding.subject}`),
  }
}

function unknownResult(service: CheckedService) {
  return {
    level: 'note',
    message: { text: [...new Set(service.unknowns.map(unknownText))].join('\n').toWellFormed() },
    locations: locationsOf(service, []),
    partialFingerprints: fingerprint(service, UNSEEN),
  }
}

/** The same finding of two runs has one fingerprint, so that it is one alert. */
function fingerprint({ namespace, name }: CheckedService, what: string) {
  const hash = createHash('sha256').update(`${namespace}/${name} ${what}`).digest('hex')
  return { 'svcpath/v1': hash.slice(0, 32) }
}

function locationsOf({ namespace, name }: CheckedService, evidence: readonly Evidence[]) {
  const logicalLocations = [
    { name: name.toWellFormed(), fullyQualifiedName: `${namespace}/${name}`.toWellFormed(), kind: 'resource' },
  ]
  const files = evidence.filter(({ file }) => file !== '').slice(0, 1)
  if (files.length === 0) return [{ logicalLocations }]
  return files.map(({ file, line }) => ({
    logicalLocations,
    physicalLocation: {
      artifactLocation: { uri: file.toWellFormed().split('/').map(encodeURIComponent).join('/') },
      ...(line === null ? {} : { region: { startLine: line } }),
    },
  }))
}
