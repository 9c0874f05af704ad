/** Events of a watch as lines of text, for a pipe and for the lower part of the screen. */
import { joinHostPort } from '../../model/address.ts'
import type {
  EndpointEvent,
  FailureEvent,
  FindingEvent,
  LookReason,
  PodEvent,
  PodState,
  SummaryEvent,
  WatchEvent,
} from '../../model/live/watch.ts'
import { escapedJson, printable } from '../../model/printable.ts'
import { forPeople } from '../screen/people.ts'
import type { Look } from '../terminal.ts'
import { STATE_WORDS } from '../words.ts'

/** `12:00:03  n2: connections of 10.244.1.3:5050 to 10.96.0.1:80 …` */
export const eventLine = (event: WatchEvent): string => printable(`${clockText(event.time)}  ${eventText(event)}`)

/** The same for a stream that people read. */
export const shownLine = (event: WatchEvent, look: Look): string => forPeople(eventLine(event), look)

/** One line of JSON, whatever is in it. */
export const eventJson = (event: WatchEvent): string => escapedJson(JSON.stringify(event))

/** `12:00:03`, in UTC as everything that this program prints. */
export const clockText = (time: string): string => time.slice(11, 19)

function eventText(event: WatchEvent): string {
  switch (event.event) {
    case 'verdict': {
      const wrong = event.nodes.filter(({ verdict }) => verdict !== event.verdict || event.verdict !== 'reachable')
      const nodes = event.nodes.length > 1 ? wrong.map(({ name, verdict }) => `${name} ${verdict}`) : []
      const detail = nodes.length > 0 ? ` (${nodes.join(', ')})` : ''
      const was = event.was === null || event.was === event.verdict ? '' : `${event.was} → `
      const settling = event.settling ? '; nodes and API differ, looking again' : ''
      return `${event.service}: ${was}${event.verdict}${detail}, ${REASONS[event.reason]}${settling}`
    }
    case 'finding':
      return findingText(event)
    case 'endpoint':
      return endpointText(event)
    case 'pod':
      return podText(event)
    case 'change':
      return event.what === 'service'
        ? 'the Service was changed'
        : `${event.node}: changed: ${event.subject ?? 'rules, routes or links'}`
    case 'connections': {
      const count = `${event.count} ${event.count === 1 ? 'connection' : 'connections'}`
      return `${event.node}: ${count} to ${joinHostPort(event.address, event.port)}`
    }
    case 'failure':
      return failureText(event)
    case 'stream':
      if (event.state === 'lost') return `${event.node}: no data: ${event.reason}`
      return event.missed === null
        ? `${event.node}: watching`
        : `${event.node}: watching again; no data ${clockText(event.since)}–${clockText(event.time)}`
    case 'summary':
      return summaryText(event)
  }
}

const REASONS: Record<LookReason, string> = {
  start: 'at the start',
  api: 'after a change in the API',
  rules: 'after a change on a node',
  settle: 'after a second look',
  routine: 'after a routine look',
  back: 'after a gap',
}

const findingText = ({ state, code, severity, node, message, fix, seconds }: FindingEvent): string => {
  if (state === 'vanished')
    return `gone after ${Math.round(seconds ?? 0)} s: ${code}${node ? ` on ${node}` : ''}: ${message}`
  return `${severity} ${code}${node ? ` on ${node}` : ''}: ${message}${fix === null ? '' : `; fix: ${fix.split('\n')[0]}`}`
}

function endpointText({ address, port, node, pod, was, is }: EndpointEvent): string {
  const where = [pod, node].filter(Boolean).join(' on ')
  const name = `endpoint ${joinHostPort(address, port)}${where === '' ? '' : ` (${where})`}`
  if (is === null) return `${name} was removed`
  return was === null ? `${name} was added: ${STATE_WORDS[is]}` : `${name}: ${STATE_WORDS[was]} → ${STATE_WORDS[is]}`
}

const POD_WORDS: Record<PodState, string> = {
  ...{ ready: 'ready', notReady: 'not ready', terminating: 'terminating', ended: 'ended' },
}

function podText({ pod, node, was, is, restarts, reason }: PodEvent): string {
  const name = `pod ${pod}${node === null ? '' : ` (on ${node})`}`
  if (is === null) return `${name} is gone, or the Service no longer selects it`
  const why = reason === null ? '' : `: ${reason}`
  if (was === null) return `${name} was added: ${POD_WORDS[is]}${why}`
  const states = was === is ? POD_WORDS[is] : `${POD_WORDS[was]} → ${POD_WORDS[is]}`
  if (restarts === 0) return `${name}: ${states}${why}`
  const times = restarts === 1 ? 'a container was restarted' : `containers were restarted ${restarts} times`
  return `${name}: ${times}${reason === null ? '' : `, it ended with ${reason}`}; ${states}`
}

function failureText({ failure, node, protocol, count, client, entry, endpoint, seconds }: FailureEvent): string {
  if (failure === 'dropped') {
    const packets = `${count} ${count === 1 ? 'packet' : 'packets'}`
    return `${node}: the rules sent ${packets} to ${endpoint}, and no connection came of ${count === 1 ? 'it' : 'them'}: dropped on ${node}`
  }
  const others = count > 1 ? `${count} connections, the first of` : 'a connection of'
  const sent = endpoint === entry ? 'was sent to no endpoint' : `was sent to ${endpoint}`
  const way = `${node}: ${others} ${client} to ${entry} ${sent}`
  if (failure === 'refused') return `${way} and refused`
  const udp = protocol === 'UDP' ? ' (UDP: some protocols give none)' : ''
  return `${way}; no answer for ${Math.floor(seconds)} s${udp}`
}

function summaryText({ service, verdict, seconds, connections, failures, findings, missed }: SummaryEvent): string {
  const facts = [
    `watched ${service} for ${Math.round(seconds)} s`,
    `now ${verdict}`,
    `${connections} ${connections === 1 ? 'connection' : 'connections'} seen, ${failures} failed`,
    `findings: ${findings.appeared} appeared, ${findings.vanished} vanished`,
    ...missed.map((one) => `${one.node} was not seen for ${one.seconds} s`),
  ]
  return facts.join('; ')
}
