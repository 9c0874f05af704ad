import type { ProbedEntry, ProbedPlace, ProbeReport } from '../../model/probe/report.ts'
import { attribute, text } from '../xml.ts'
import { countText, deathText, entryText, placeText } from './words.ts'

/** JUnit: the service is a suite, each entry from each place a case. What nobody knows is an `error`, as a test that could not run. */
export function renderProbeJunit(report: ProbeReport): string {
  const { service, places, observedAt } = report
  const name = `${service.namespace}/${service.name}`
  const cases = places.flatMap((place): Case[] =>
    place.failure === null ? place.entries.map((entry) => ({ place, entry })) : [{ place, entry: null }],
  )
  const count = (outcome: string) => cases.filter((one) => outcomeOf(one.entry) === outcome).length
  const counts = `tests="${cases.length}" failures="${count('failed')}" errors="${count('unknown')}"`
  const time = observedAt !== null && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.exec(observedAt)?.[0]
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="kubectl svcpath probe" ${counts}>`,
    `  <testsuite name="${attribute(name)}" ${counts} skipped="0" time="0"${time ? ` timestamp="${time}"` : ''}>`,
    ...cases.flatMap((one) => testCase(name, one)),
    '  </testsuite>',
    '</testsuites>',
  ]
  return `${lines.join('\n')}\n`
}

interface Case {
  place: ProbedPlace
  /** Null where no connection was made from there. */
  entry: ProbedEntry | null
}

function outcomeOf(entry: ProbedEntry | null): 'passed' | 'failed' | 'unknown' {
  if (entry === null || entry.made === 0) return 'unknown'
  if (entry.failed > 0) return 'failed'
  return entry.unknown > 0 ? 'unknown' : 'passed'
}

function testCase(service: string, { place, entry }: Case): string[] {
  const what = entry ? `${entryText(entry)} from ${placeText(place)}` : `from ${placeText(place)}`
  const open = `    <testcase classname="${attribute(service)}" name="${attribute(what)}" time="0"`
  const outcome = outcomeOf(entry)
  if (outcome === 'passed') return [`${open}/>`]
  const body = entry ? [...entry.deaths.map(deathText), ...entry.unknowns].join('\n') : (place.failure ?? '')
  const message = attribute(entry ? countText(entry) : 'no connection was made')
  const inner =
    outcome === 'failed'
      ? `<failure message="${message}" type="${attribute(entry?.deaths[0]?.kind ?? 'failed')}">${text(body)}</failure>`
      : `<error message="${message}" type="unknown">${text(body)}</error>`
  return [`${open}>`, `      ${inner}`, '    </testcase>']
}
