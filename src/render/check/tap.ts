import { stringify } from 'yaml'
import type { CheckedService, CheckReport } from '../../model/check.ts'
import type { Finding } from '../../model/finding.ts'
import { migrationLines } from './migration.ts'
import { unknownText } from './words.ts'

/** TAP version 14: a point a service. One that could not be judged is `not ok`, and its diagnostics say that it is unknown. */
export function renderTap({ services, migration }: CheckReport): string {
  const points = services.flatMap((service, i) => point(service, i + 1))
  const moves = migration ? migrationLines(migration).map((line) => `# to ${migration.to} mode: ${oneLine(line)}`) : []
  return `${['TAP version 14', `1..${services.length}`, ...points, ...moves].join('\n')}\n`
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ')

function point(service: CheckedService, number: number): string[] {
  const { namespace, name, outcome, findings, unknowns } = service
  const line = `${outcome === 'passed' ? 'ok' : 'not ok'} ${number} - ${description(`${namespace}/${name}`)}`
  if (findings.length === 0 && unknowns.length === 0) return [line]
  const diagnostics = { outcome, findings: findings.map(plain), unknowns: [...new Set(unknowns.map(unknownText))] }
  const yaml = stringify(diagnostics, { lineWidth: 0 }).trimEnd().split('\n')
  return [line, '  ---', ...yaml.map((one) => `  ${one}`), '  ...']
}

/** A finding in words; `-o json` has it as data, too. */
function plain({
  who: _who,
  leadsTo: _leadsTo,
  onNodes: _nodes,
  byInterface: _by,
  ofProxy: _ofProxy,
  ...words
}: Finding) {
  return words
}

/** A `#` would begin a directive such as SKIP. */
const description = (text: string): string => text.replace(/[\\#]/g, '\\$&').replace(/\s+/g, ' ')
