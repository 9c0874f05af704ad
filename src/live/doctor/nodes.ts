import { rulesUnseen } from '../../ask/rules-seen.ts'
import { collectNode, type NodeAnswer } from '../../collect/collect-node.ts'
import { fanOut } from '../../collect/fan-out.ts'
import { collectScripts } from '../../collect/script.ts'
import type { Section } from '../../collect/section.ts'
import type { ReachOptions } from '../../flags/reach.ts'
import { familyOf } from '../../model/address.ts'
import type { Node } from '../../model/cluster.ts'
import type { NodeCheck } from '../../model/doctor/report.ts'
import { observeReadings, readFiles } from '../../observe/observation.ts'
import { ReachError, type Way } from '../../reach/way.ts'
import { manifestOf, nodeFiles } from '../manifest.ts'
import type { Progress } from '../progress.ts'

/** How the nodes are tried. */
export interface Trial {
  way: Way
  reach: ReachOptions
  progress: Progress
  signal: AbortSignal
  now(): Date
}

/** A node, and whether another way may do where this one did not. */
export interface Tried {
  check: NodeCheck
  anotherWay: boolean
}

/** Runs the script that a trace of no Service would run: what comes of it is what would come of it in an incident. */
export const tryNodes = (nodes: readonly Node[], trial: Trial): Promise<Tried[]> =>
  fanOut(nodes, { concurrency: trial.reach.concurrency, signal: trial.signal }, (node) => tryNode(node, trial))

async function tryNode(node: Node, { way, reach, progress, signal, now }: Trial): Promise<Tried> {
  const said: string[] = []
  const began = performance.now()
  const at = now().getTime()
  progress.node(node.name, 'trying')
  const scripts = collectScripts({ services: [], parts: 'all' })
  try {
    const answer = await collectNode(way, node, scripts, {
      ...{ timeoutMs: reach.nodeTimeoutMs, signal },
      say: (words) => said.push(words),
    })
    const milliseconds = Math.round(performance.now() - began)
    const clockAhead = clockOf(answer, at, at + milliseconds)
    const reason = whyNoRules(node, answer, new Date(at))
    const outcome = reason === null ? ('read' as const) : ('withoutRules' as const)
    const check = { name: node.name, outcome, way: said.at(-1) ?? way.name, reason }
    const lacks = lacksOf(answer, reason !== null)
    return { check: { ...check, lacks, milliseconds, clockAhead }, anotherWay: false }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const check = { name: node.name, outcome: 'unread' as const, way: null, reason: (error as Error).message }
    const anotherWay = error instanceof ReachError && error.anotherWay
    return { check: { ...check, lacks: [], milliseconds: null, clockAhead: null }, anotherWay }
  } finally {
    progress.node(node.name, null)
  }
}

/** Why a trace could not say what the node's rules do, in the words of the command that failed where one did; null where it could. */
function whyNoRules(node: Node, answer: NodeAnswer, at: Date): string | null {
  const read = { node, answer, failure: null, said: [] }
  const seen = observeReadings([readFiles(nodeFiles(read), node.name)], {
    ...({ source: 'live', origin: node.name, problems: [] } as const),
    manifest: manifestOf(at, '', '', [read], []),
  }).nodes.find(({ name }) => name === node.name)
  const families = node.addresses.flatMap(({ type, address }) => (type === 'InternalIP' ? familyOf(address) : []))
  const failed = answer.sections.find((one) => RULES.test(one.file) && !wasRead(one))
  const unseen = seen ? rulesUnseen(seen, [...new Set(families)]) : 'no rules were collected'
  if (unseen === null) return failed && failed.exitCode !== NO_SUCH_PROGRAM ? failureText(failed) : null
  return failed ? failureText(failed) : unseen
}

const RULES = /^(ip6?tables(-legacy|-nft)?-save.*|nft(-\d+)?)\.(txt|json)$/

/** A program that is not there has nothing to say; whether the rules that it shows matter is seen by the others. */
const NO_SUCH_PROGRAM = 127

const wasRead = ({ exitCode, complete }: Section): boolean => exitCode === 0 && complete

function failureText({ command, exitCode, stderr }: Section): string {
  const words = stderr.trim().split('\n').at(-1)?.slice(0, 200)
  if (exitCode === NO_SUCH_PROGRAM) return `${command}: there is no such program in this pod or on this node`
  return `${command}: ${words || (exitCode === null ? 'it did not end in time' : `exit code ${exitCode}`)}`
}

/** What an answer has to hold besides rules, by the names of the files that a capture gives it: one of them read is enough. */
const KINDS: readonly { what: string; files: RegExp }[] = [
  { what: 'conntrack', files: /^(conntrack|nf-conntrack).*\.txt$/ },
  { what: 'routes', files: /^ip6?-route.*\.(txt|json)$/ },
  { what: 'interfaces', files: /^ip-(addr|link)\.(txt|json)$/ },
  { what: 'interfaces of pods', files: /^pod-netns\.txt$/ },
]

const lacksOf = ({ sections, complete }: NodeAnswer, withoutRules: boolean): string[] => [
  ...(withoutRules ? ['rules'] : []),
  ...KINDS.filter(({ files }) => !sections.some((one) => files.test(one.file) && wasRead(one))).map(({ what }) => what),
  ...(complete ? [] : ['the end of the answer']),
]

/** The script prints its clock in whole seconds, some time between the start and the end of the run. */
function clockOf({ sections }: NodeAnswer, from: number, to: number): number | null {
  const text = sections.find(({ file }) => file === 'versions.txt')?.text ?? ''
  const seconds = /^clock (\d+)$/m.exec(text)?.[1]
  if (seconds === undefined) return null
  const clock = Number(seconds)
  const [first, last] = [Math.floor(from / 1000), Math.ceil(to / 1000)]
  return clock < first ? clock - first : clock > last ? clock - last : 0
}
