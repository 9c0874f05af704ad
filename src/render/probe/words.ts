/** A probe in words: what the tree and JUnit have in common. */
import { joinHostPort } from '../../model/address.ts'
import type { Death, Deaths, ProbedEntry, ProbedPlace, ProbeReport } from '../../model/probe/report.ts'
import type { Result } from '../../model/probe/request.ts'
import { some } from '../phrases.ts'
import { KIND_WORDS } from '../words.ts'

/** `60 of 60 connections got through`; `20 of 60 connections failed: 20 from node n2`. */
export function headlineOf({ made, failed, unknown, through, places }: ProbeReport): string {
  if (made === 0) return 'no connection could be made'
  const noun = `connection${made === 1 ? '' : 's'}`
  const rest = unknown > 0 ? `, ${unknown} not known` : ''
  if (failed === 0) return `${through} of ${made} ${noun} got through${rest}`
  const from = places.flatMap((place) => {
    const count = place.entries.reduce((sum, one) => sum + one.failed, 0)
    return count > 0 ? `${count} from ${placeText(place)}` : []
  })
  return `${failed} of ${made} ${noun} failed: ${some(from)}${rest}`
}

/** `pod shop/client on n1`, `node n1`. */
export const placeText = ({ kind, name, node }: Pick<ProbedPlace, 'kind' | 'name' | 'node'>): string =>
  kind === 'pod' ? `pod ${name} on ${node}` : `node ${name}`

/** `cluster IP http 10.96.0.1:80/tcp`. */
export const entryText = ({ kind, portName, address, port, protocol }: ProbedEntry): string =>
  [KIND_WORDS[kind], portName, `${joinHostPort(address, port)}/${protocol.toLowerCase()}`].filter(Boolean).join(' ')

/** `10 of 10 got through`, `4 of 10 failed`. */
export function countText({
  made,
  through,
  failed,
  unknown,
}: Pick<ProbedEntry, 'made' | 'through' | 'failed' | 'unknown'>): string {
  const parts = [
    ...(failed > 0 ? [`${failed} of ${made} failed`] : [`${through} of ${made} got through`]),
    ...(unknown > 0 ? [`${unknown} not known`] : []),
  ]
  return made === 0 ? 'no connection was made' : parts.join(', ')
}

/** `HTTP 200 × 9, 503 × 1`, `certificate for DNS:web.shop.svc until …`. */
export const answerTexts = ({ answers, certificates }: ProbedEntry): string[] => [
  ...(answers.length > 0 ? [`HTTP ${answers.map(({ status, count }) => `${status} × ${count}`).join(', ')}`] : []),
  ...certificates.map(({ names, validTo }) => `certificate for ${names} until ${validTo}`),
]

/** `0.3 ms`, `12 ms`. */
export const timeText = (milliseconds: number | null): string =>
  milliseconds === null ? '' : `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`

/** `4 timed out, lost between n1 and n2: n1 sent it on, and …`. */
export const deathText = (death: Deaths): string =>
  `${death.count} ${RESULTS[death.result]}, ${PLACES[death.kind](death)}: ${death.reason}`

const RESULTS: Record<Result, string> = {
  connected: 'connected',
  answered: 'answered',
  stalled: 'without an answer',
  refused: 'refused',
  timeout: 'timed out',
  unreachable: 'unreachable',
  silent: 'without an answer',
  error: 'not made',
}

/** Where connections died, in a word or two. */
const PLACES: Record<Death['kind'], (death: Death) => string> = {
  translation: ({ node }) => `not translated on ${node}`,
  stale: ({ node }) => `sent to a stale endpoint by ${node}`,
  node: ({ node }) => `stopped on ${node}`,
  between: ({ node, towards }) => `lost between ${node} and ${towards}`,
  closed: ({ node }) => `nobody listens in the pod on ${node}`,
  refused: ({ node }) => `refused by the endpoint on ${node}`,
  queue: ({ node }) => `accept queue full in the pod on ${node}`,
  silent: ({ node }) => `no answer from the endpoint on ${node}`,
  answer: ({ node, towards }) => (towards ? `answer lost between ${node} and ${towards}` : `answer lost on ${node}`),
  later: ({ node }) => `later packets lost on the way to ${node}`,
  stalled: ({ node }) => `connected to the endpoint on ${node}, no answer to the request`,
  unplaced: () => 'not placed',
}

/** `p 0.42`; what is so even that nobody would doubt it says nothing. */
export const chanceText = (chance: number): string =>
  `p ${chance < 0.001 ? chance.toExponential(0) : chance.toFixed(2)}`

/** `counters grew by 12`: connections of others are among these. Where connections of other places met the same rules: `(this probe made 20)`. */
export function countedTexts({ counted, made }: Pick<ProbedEntry, 'counted' | 'made'>): string[] {
  if (counted === null) return []
  const more = counted.probed === made ? '' : ` (this probe made ${counted.probed})`
  return [`counters grew by ${counted.after - counted.before}${more}`]
}
