import { joinHostPort } from '../../model/address.ts'
import type { DnsServerAnswer, EndpointTotal, PathReport } from '../../model/report.ts'
import { alike } from '../findings.ts'
import { factTexts, seenText } from '../head.ts'
import { impactText } from '../impact.ts'
import { dnsTexts } from '../texts/dns.ts'
import { findingText } from '../texts/findings.ts'
import { reasonTexts } from '../texts/reasons.ts'
import { percent, stateText } from '../words.ts'
import { findingsHtml, listHtml } from './findings.ts'
import { type Html, html } from './html.ts'
import { nodesHtml } from './nodes.ts'
import { page, type Section } from './page.ts'
import { pictureOf } from './picture/picture.ts'
import { tableHtml } from './table.ts'

/** The way of a service as one file for a browser: who is affected, findings with their fixes, the way as a picture, and all that proves it on demand. */
export function renderTraceHtml(report: PathReport, verbose: boolean): string {
  const { service, verdict } = report
  const picture = pictureOf(report)
  return page({
    title: `${service.namespace}/${service.name}: ${verdict}`,
    style: picture.style,
    header: headerHtml(report),
    sections: [
      findingsSection(report, verbose),
      { id: 'path', title: 'Path', body: picture.figure },
      report.nodes.length > 0 ? { id: 'nodes', title: 'Nodes', body: nodesHtml(report.nodes, verbose) } : null,
      endpointsSection(report, verbose),
      dnsSection(report),
      report.notes.length > 0
        ? { id: 'notes', title: 'Notes', body: listHtml(report.notes, verbose ? undefined : MOST_NOTES) }
        : null,
    ],
  })
}

const MOST_NOTES = 30

function headerHtml(report: PathReport): Html {
  const { service, verdict, source, origin } = report
  const impact = impactText(report)
  return html`<h1>${service.namespace}/${service.name}</h1><strong class="badge ${verdict}">${verdict}</strong>
${impact && html`<p class="impact">${impact}</p>`}
<ul class="facts">${factTexts(report).map((text) => html`<li>${text}</li>`)}</ul>
<p class="dim">${seenText(report)}${source === 'capture' && html` · from ${origin}`}</p>`
}

function findingsSection(report: PathReport, verbose: boolean): Section | null {
  const findings = alike(report.findings).map((group) => findingText(group, null, verbose))
  const reasons = reasonTexts(report).map(
    ({ verdict, where, message }) =>
      html`<span class="badge ${verdict}">${verdict}</span> ${where && html`${where}: `}${message}`,
  )
  if (findings.length + reasons.length === 0) return null
  return {
    id: 'findings',
    title: 'Findings',
    body: html`${findingsHtml(findings, verbose)}${listHtml(reasons, verbose ? undefined : MOST_REASONS)}`,
  }
}

const MOST_REASONS = 30

/** Every endpoint that the API or any node names, over all nodes. */
function endpointsSection({ endpoints }: PathReport, verbose: boolean): Section | null {
  if (endpoints.length === 0) return null
  const shown = verbose ? endpoints : endpoints.slice(0, MOST_ENDPOINTS)
  const more = endpoints.length - shown.length
  const table = tableHtml('Endpoints over all nodes', TOTALS, shown.map(totalRow))
  return {
    id: 'endpoints',
    title: 'Endpoints over all nodes',
    body: html`${table}${more > 0 && html`<p class="dim">… and ${more} more: -v shows all</p>`}`,
  }
}

const MOST_ENDPOINTS = 100

const TOTALS = [
  ...[{ title: 'endpoint' }, { title: 'port' }, { title: 'pod' }, { title: 'node' }, { title: 'state' }],
  ...['connections', 'expected', 'actual'].map((title) => ({ title, align: 'right' as const })),
]

function totalRow(one: EndpointTotal) {
  const { address, port, portName, pod, node, state, connections, due, share } = one
  return {
    bad: state === 'stale' || state === 'rival' || state === 'missing',
    cells: [
      ...[joinHostPort(address, port), portName, pod?.name ?? '', node ?? '', stateText(one)],
      connections === null ? '' : String(connections),
      ...[due, share].map((part) => (part === null ? '' : percent(part))),
    ],
  }
}

/** What the names lead to, and what each DNS pod answered where they were queried. */
function dnsSection(report: PathReport): Section | null {
  const { dns } = report
  if (!dns) return null
  const asked =
    (dns.servers ?? []).length > 0 && tableHtml('Answers of the DNS pods', ANSWERS, dns.servers!.map(answerRow))
  return { id: 'dns', title: 'DNS', body: html`${listHtml(dnsTexts(report, true))}${asked}` }
}

const ANSWERS = ['pod', 'record', 'name', 'answer', ''].map((title) => ({ title }))

function answerRow({ pod, type, name, rcode, values, error, right }: DnsServerAnswer) {
  const answer = error ?? (rcode === 'NOERROR' ? values.join(', ') || 'nothing' : String(rcode))
  return { cells: [pod, type, name, answer, right === false ? 'not what the API says' : ''], bad: right === false }
}
