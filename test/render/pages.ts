/** Pages with a name of somebody's choice wherever names stand. */
import fc from 'fast-check'
import { CATALOGUE } from '../../src/diagnose/catalogue.ts'
import { sh } from '../../src/model/shell.ts'
import { renderCheck } from '../../src/render/check/render.ts'
import { renderList, renderReport } from '../../src/render/render.ts'
import { terminal } from '../../src/render/terminal.ts'
import { makeCheck, makeChecked, makeFinding } from './check/factory.ts'
import { hostile, makeList, makeRow, makeRule } from './report-factory.ts'

const look = terminal({}, {})

/** What a name may hold that means something to Markdown, HTML or GitHub. */
export const JUNK = fc
  .array(
    fc.oneof(
      fc.constantFrom('`', '``', '|', '\\', '\\|', '<', '</td>', '<img src=x onerror=alert(1)>', '&lt;', '[a](b)'),
      fc.constantFrom(
        '![a](b)',
        '[a]: b',
        '*',
        '_',
        '~~',
        '@octocat',
        '#1',
        'https://a.test',
        'www.a.test',
        'a@b.test',
      ),
      fc.constantFrom(
        ':boom:',
        '- ',
        '1. ',
        '# ',
        '> ',
        '---',
        '```',
        '~~~',
        '$$',
        '</script>',
        '</style>',
        '<!--',
        '-->',
      ),
      fc.constantFrom(
        '"',
        "'",
        '" onload="x',
        ']]>',
        '<svg/onload=x>',
        '&',
        '&#60;',
        '</svg>',
        '</title>',
        '<b>',
        '{{x}}',
      ),
      fc.constantFrom(' ', '  ', '\t', '\n', '\r\n\r\n', 'a', 'web', '.', ')', '…', '\u0000', '\ud800'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(''))
  // Where there is no name, parts of a page are left out.
  .filter((text) => text.trim() !== '')

/** A trace, short and in full, a list and a check. */
export function pagesOf(name: string, output: 'markdown' | 'html'): string[] {
  const evidence = [{ node: name, command: name, file: name, line: 1, text: name }]
  const leadsTo = [{ code: 'SVP304', name: 'missing-endpoint', node: name, message: name }]
  const finding = makeFinding({
    ...{ node: name, subject: name, message: name, evidence, leadsTo },
    ...{ fix: sh`kubectl get pod ${name}`, who: [{ kind: 'pods' as const, name, node: name }] },
  })
  const spoken = makeFinding({ code: 'SVP101', node: null, message: name, fix: name })
  const unknowns = [{ verdict: 'unknown' as const, node: name, subject: name, message: name, evidence }]
  const service = makeChecked({ namespace: name, name, outcome: 'failed', findings: [finding, spoken], unknowns })
  const row = makeRow({ namespace: name, name, type: name, entries: [name], reason: name })
  const trace = hostile(name)
  const rule = makeRule({ file: name, text: name, table: name, maybe: name })
  for (const entry of trace.nodes[0]!.entries) entry.rules = [rule]
  const report = { ...trace, findings: [finding, spoken] }
  const check = { ...makeCheck([service]), origin: name, observedAt: name, notes: [name], ignored: [name] }
  return [
    renderReport(report, output, look),
    renderReport(report, output, { ...look, verbose: true }),
    renderList(makeList([row]), output, look),
    renderCheck(check, output, look, CATALOGUE),
  ]
}
