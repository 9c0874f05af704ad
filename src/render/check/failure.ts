import { printable } from '../../model/printable.ts'
import type { CheckOutput } from '../outputs.ts'
import { attribute, text } from '../xml.ts'
import { annotation } from './github.ts'

/** Why there is no result. */
export interface Failure {
  message: string
  hint: string | null
}

/**
 * A run that ended before anything was judged, in the formats that something else waits for. Null for the others: an empty list of results would look as if
 * all was well, and code scanning would close its alerts.
 */
export function renderFailure(failure: Failure, output: CheckOutput): string | null {
  const [message, hint] = [printable(failure.message), failure.hint === null ? '' : printable(failure.hint)]
  const all = hint ? `${message}\n${hint}` : message
  switch (output) {
    case 'junit':
      return [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<testsuites name="kubectl svcpath check" tests="1" failures="0" errors="1">',
        '  <testsuite name="kubectl svcpath check" tests="1" failures="0" errors="1" skipped="0" time="0">',
        '    <testcase classname="kubectl svcpath check" name="run" time="0">',
        `      <error message="${attribute(message)}" type="svcpath">${text(all)}</error>`,
        '    </testcase>',
        '  </testsuite>',
        '</testsuites>',
        '',
      ].join('\n')
    case 'github':
      return `${annotation('error', 'svcpath could not check', all)}\n`
    case 'tap':
      return `TAP version 14\nBail out! ${message}\n`
    case 'table':
    case 'json':
    case 'sarif':
    case 'openmetrics':
    case 'markdown':
    case 'html':
      return null
  }
}
