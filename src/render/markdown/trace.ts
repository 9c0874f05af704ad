import { joinHostPort } from '../../model/address.ts'
import { type EntryPath, isFaulty, type NodePath, type PathReport } from '../../model/report.ts'
import { columnsFor, remarkOn, restText, select } from '../endpoint-table.ts'
import { alike } from '../findings.ts'
import { factTexts, seenText } from '../head.ts'
import { impactText } from '../impact.ts'
import { lanesOf } from '../lanes.ts'
import { kindText, modeLine, nodeNames } from '../phrases.ts'
import { countText, nodeCount, sameEndpoints } from '../texts/counts.ts'
import { dnsTexts } from '../texts/dns.ts'
import { findingText } from '../texts/findings.ts'
import { reasonTexts } from '../texts/reasons.ts'
import { ofEveryone } from '../words.ts'
import { code, prose, table } from './escape.ts'
import { findingParts } from './findings.ts'
import { page } from './page.ts'

/** The way of a service for an issue, a chat or the summary of a job: who is affected, the findings with their fixes, then a table for each node's endpoints. */
export function renderTraceMarkdown(report: PathReport, verbose: boolean): string {
  const { service, verdict, findings } = report
  const impact = impactText(report)
  const seen = [...factTexts(report), seenText(report)]
  const dns = dnsTexts(report, verbose)
  const nodes = shownNodes(report.nodes, verbose)
  return page([
    [`## ${verdict.toUpperCase()} ${code(`${service.namespace}/${service.name}`)}`],
    impact ? [prose(impact)] : [],
    seen.map((text) => `- ${prose(text)}`),
    ...alike(findings).flatMap((group) => findingParts(findingText(group, null, verbose), verbose)),
    reasonLines(report, verbose),
    ...(nodes.length > 0 ? [['### Path']] : []),
    dns.map((text) => `- DNS: ${prose(text)}`),
    ...nodes.flatMap((node) => nodeParts(node, report.nodes, verbose)),
    leftOut(report.nodes, nodes),
    noteLines(report.notes, verbose),
  ])
}

const SIGNS = { broken: '❌', degraded: '⚠', unknown: '❔', reachable: '✅' } as const

/** What is not known, or wrong and in no finding. */
function reasonLines(report: PathReport, verbose: boolean): string[] {
  const all = reasonTexts(report)
  const shown = verbose ? all : all.slice(0, MOST_REASONS)
  const lines = shown.map(({ verdict, where, message }) => {
    const place = where ? `${prose(where)}: ` : ''
    return `- ${SIGNS[verdict]} ${place}${prose(message)}`
  })
  const more = all.length - shown.length
  return more > 0 ? [...lines, `- … and ${more} more, see \`-v\``] : lines
}

const MOST_REASONS = 8
const MOST_NODES = 4
const MOST_NOTES = 6

/** Nodes with ways of their own, of many those with faults first. */
function shownNodes(nodes: readonly NodePath[], verbose: boolean): NodePath[] {
  const own = nodes.filter(({ sameAs }) => sameAs === null)
  if (verbose) return own
  const faulty = own.filter(({ verdict }) => verdict !== 'reachable')
  const chosen = new Set([...new Set([...faulty, ...own])].slice(0, MOST_NODES))
  return own.filter((node) => chosen.has(node))
}

function leftOut(nodes: readonly NodePath[], shown: readonly NodePath[]): string[] {
  const more = nodes.filter(({ sameAs }) => sameAs === null).length - shown.length
  return more > 0 ? [`… and ${more} more ${more === 1 ? 'node' : 'nodes'} with paths of their own, see \`-v\``] : []
}

function nodeParts(node: NodePath, all: readonly NodePath[], verbose: boolean): string[][] {
  const same = all.filter(({ sameAs }) => sameAs === node.name)
  const counted = ofEveryone(nodeCount(node), node.entries)
  const title = [`${SIGNS[node.verdict]} ${code(node.name)}`, prose(modeLine(node)), node.verdict, prose(counted)]
  const twins = same.length > 0 ? ` (the same on ${prose(nodeNames(same))})` : ''
  const notes = node.entries.length > 0 ? [] : node.notes.map((note) => `- ${prose(note)}`)
  let before: EntryPath | null = null
  const entries = lanesOf(node).flatMap((lane) => {
    const entry = { ...lane.entries[0]!, endpoints: lane.entries.flatMap((one) => one.endpoints) }
    const known = before !== null && sameEndpoints(before, entry)
    if (entry.outcome === 'dnat') before = entry
    return entryParts(entry, known, verbose)
  })
  return [[`${title.filter(Boolean).join(' · ')}${twins}`], notes, ...entries]
}

/** `known`: its endpoints are those of the entry before. */
function entryParts(entry: EntryPath, known: boolean, verbose: boolean): string[][] {
  const address = entry.kind === 'podIP' ? `:${entry.port}` : joinHostPort(entry.address, entry.port)
  const name = `${prose(kindText(entry))} ${code(`${address}/${entry.protocol.toLowerCase()}`)} ${prose(`from ${entry.client}`)}`
  const facts = [
    entry.verdict === 'reachable' ? '' : entry.verdict,
    entry.kind === 'podIP' ? '' : prose(ofEveryone(countText(entry), [entry])),
    entry.outcome === 'dnat' || entry.reason === null ? '' : prose(entry.reason),
    known && entry.endpoints.length > 0 ? 'the same endpoints' : '',
  ]
  const chains = entry.chains.length > 0 ? [`  ${code(entry.chains.join(' → '))}`] : []
  return [
    [`- ${[name, ...facts].filter(Boolean).join(' · ')}`, ...chains],
    ...(known ? [] : endpointParts(entry, verbose)),
  ]
}

function endpointParts(entry: EntryPath, verbose: boolean): string[][] {
  if (entry.endpoints.length === 0) return []
  const columns = columnsFor([entry])
  const shown = select(entry.endpoints, { verbose })
  const rows = shown.map((endpoint) => [
    isFaulty(endpoint) ? '❌' : '',
    ...columns.map(({ cell, title }) =>
      title === 'expected' || title === 'actual' ? cell(endpoint, entry) : word(cell(endpoint, entry)),
    ),
    word(remarkOn(endpoint)),
  ])
  const rest = restText(entry.endpoints, shown)
  return [table(['', ...columns.map(({ title }) => title), 'remark'], rows), rest ? [rest] : []]
}

const word = (text: string): string => (text === '' ? '' : prose(text))

function noteLines(notes: readonly string[], verbose: boolean): string[] {
  const shown = verbose ? notes : notes.slice(0, MOST_NOTES)
  const more = notes.length - shown.length
  return [
    ...shown.map((note) => `- note: ${prose(note)}`),
    ...(more > 0 ? [`- … and ${more} more notes, see \`-v\``] : []),
  ]
}
