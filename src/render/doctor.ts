import type { DoctorReport, NodeCheck, PermissionCheck } from '../model/doctor/report.ts'
import { some } from './phrases.ts'
import { forPeople } from './screen/people.ts'
import { clip, type Look, pad, stringWidth, wrap } from './terminal.ts'

/** What svcpath could do on the cluster: what is in the way first, with what to do, then each node. `report` holds no control characters. */
export function renderDoctor(report: DoctorReport, look: Look): string {
  const sections = [
    headLines(report, look),
    permissionLines(report, look),
    nodeLines(report, look),
    adviceLines(report, look),
  ]
  const text = sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
  return forPeople(`${text}\n`, look)
}

function headLines(
  { cluster, version, verdict, apiMilliseconds, nodes, debugPod, permissions }: DoctorReport,
  { colour, width }: Look,
): string[] {
  const { first, again } = apiMilliseconds
  const api = `${cluster} · Kubernetes ${version ?? '?'} · the API answers in ${again} ms (first call ${first} ms)`
  const pods = debugPod
    ? [
        `debug pods in ${debugPod.namespace} (${debugPod.image}): ${debugPod.accepted ? 'the API would take them (dry run)' : `refused: ${debugPod.reason}`}`,
      ]
    : []
  const missing = permissions.filter(({ allowed, optional }) => allowed === false && !optional).length
  const calls = missing > 0 ? `; ${missing} needed ${missing === 1 ? 'call is' : 'calls are'} not allowed` : ''
  const [head, ...rest] = wrap(`${VERDICTS[verdict]}  ${readableText(nodes)}${calls}`, width)
  const mark = verdict === 'ready' ? colour.green.bold : verdict === 'notReady' ? colour.red.bold : colour.cyan.bold
  return [
    head!.replace(VERDICTS[verdict], mark(VERDICTS[verdict])),
    ...rest,
    ...[api, ...pods].flatMap((line) => wrap(line, width)),
  ]
}

const VERDICTS = { ready: 'READY', partlyReady: 'PARTLY READY', notReady: 'NOT READY' } as const

/** `3 of 3 nodes can be read`; a debug pod that was not tried, and rules that were not read, are named. */
function readableText(nodes: readonly NodeCheck[]): string {
  const of = (wanted: NodeCheck['outcome']) => nodes.filter(({ outcome }) => outcome === wanted)
  const [pods, blind] = [of('debugPod').length, of('withoutRules')]
  const readable = of('read').length + pods
  const byPods = pods === 0 ? '' : `, ${pods === readable ? '' : `${pods} of them `}by debug pods, which were not tried`
  const rules = blind.length === 0 ? '' : `; the rules of ${some(blind.map(({ name }) => name))} were not read`
  return `${readable} of ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'} can be read${byPods}${rules}`
}

function permissionLines({ permissions }: DoctorReport, { colour, width }: Look): string[] {
  const open = permissions.filter(({ allowed }) => allowed !== true)
  if (open.length === 0) return [`${colour.green('✓')} all ${permissions.length} calls that svcpath makes are allowed`]
  return open.flatMap((one) => wrap(`${markOf(one)} ${permissionText(one)}`, width))
}

const markOf = ({ allowed, optional }: PermissionCheck): string => (allowed === null || optional ? '?' : '✗')

function permissionText({ what, why, allowed, optional }: PermissionCheck): string {
  const how = allowed === null ? 'not known whether it is allowed' : 'not allowed'
  return `${what}: ${how} (${why.replace('; goes without', '')})${optional && allowed === false ? '; svcpath works without it, and knows less' : ''}`
}

function nodeLines({ nodes, notes }: DoctorReport, { colour, width }: Look): string[] {
  const cells = nodes.map((node) => [node.name, wayText(node), lacksText(node), timeText(node), clockText(node)])
  const table = [['NODE', 'WAY', 'NOT READ', 'TIME', 'CLOCK'], ...cells]
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => stringWidth(row[i]!))))
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => pad(cell, widths[i]!))
      .join('   ')
      .trimEnd()
  const cut = (text: string) => (width === null ? text : clip(text, width))
  const rows = nodes.flatMap((node, i) => [
    cut(line(cells[i]!)),
    ...(node.reason && node.outcome !== 'read' ? wrap(`  ${node.reason}`, width).map((one) => colour.dim(one)) : []),
  ])
  return [colour.bold(cut(line(table[0]!))), ...rows, ...notes.flatMap((note) => wrap(`note: ${note}`, width))]
}

const wayText = ({ outcome, way }: NodeCheck): string => (outcome === 'unread' ? 'none: stays unknown' : (way ?? '-'))

const lacksText = ({ outcome, lacks }: NodeCheck): string =>
  (outcome === 'read' || outcome === 'withoutRules') && lacks.length > 0 ? lacks.join(', ') : '-'

const timeText = ({ milliseconds }: NodeCheck): string => (milliseconds === null ? '-' : `${milliseconds} ms`)

/** Timers, logs and captures of several nodes are compared by their clocks. */
const MOST_SECONDS = 2

function clockText({ clockAhead }: NodeCheck): string {
  if (clockAhead === null) return '-'
  if (Math.abs(clockAhead) <= MOST_SECONDS) return 'right'
  return clockAhead > 0 ? `${clockAhead} s ahead` : `${-clockAhead} s behind`
}

function adviceLines({ permissions, nodes }: DoctorReport, { width }: Look): string[] {
  const missing = permissions.some(({ allowed, optional }) => allowed === false && !optional)
  const pods = nodes.some(({ outcome }) => outcome === 'debugPod')
  const unread = nodes.some(({ outcome }) => outcome === 'unread')
  const blind = nodes.filter(({ outcome }) => outcome === 'withoutRules').map(({ name }) => name)
  const off = nodes.filter(({ clockAhead }) => clockAhead !== null && Math.abs(clockAhead) > MOST_SECONDS)
  const lines = [
    ...(missing
      ? [
          `fix: kubectl svcpath rbac --via ${pods ? 'debug' : 'exec'} prints the roles that are missing, for kubectl apply`,
        ]
      : []),
    ...(unread
      ? ['fix: for nodes without a way, name a pod of the host network with --exec-selector, or use --via ssh']
      : []),
    ...(blind.length > 0
      ? [
          `fix: reading the rules of ${some(blind)} takes root and CAP_NET_ADMIN; if the pod lacks them, name a privileged pod of the host network with --exec-selector, or use --via debug or --via ssh`,
        ]
      : []),
    ...(off.length > 0
      ? [
          `fix: the clock of ${off.map(({ name }) => name).join(', ')} differs from the one here; see chronyc tracking or timedatectl there`,
        ]
      : []),
  ]
  return lines.flatMap((one) => wrap(one, width))
}
