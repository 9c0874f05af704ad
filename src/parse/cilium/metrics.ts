import type { CiliumDrop, CiliumPressure } from '../../model/dataplanes/cilium.ts'
import { numberOf, readEach, stringOf } from '../host/json.ts'
import { linesOf, ProblemLog } from '../parsed.ts'
import { only, type ParsedCilium, refusalIn } from './parts.ts'

const DROPS = 'cilium-dbg bpf metrics list'

/** What is counted beside drops: packets that went on. */
const NO_DROP = /^(?:success|interface|interface decrypted|plain text|unknown)$/i

/** `cilium-dbg bpf metrics list`, as text or with `-o json`: why packets were dropped since the programs were loaded. */
export function parseCiliumDrops(text: string, file: string): ParsedCilium {
  const log = new ProblemLog(file)
  const drops = text.trimStart()[0] === '[' ? dropsOfJson(text, file, log) : dropsOfText(text, file, log)
  const problems = log.list()
  return { value: drops && only({ drops: drops.filter(({ reason }) => !NO_DROP.test(reason)) }), problems }
}

const dropsOfJson = (text: string, file: string, log: ProblemLog): CiliumDrop[] =>
  readEach(text, log, (entry) => {
    const [reason, packets] = [stringOf(entry, 'reason'), numberOf(entry, 'packets')]
    if (reason === null || packets === null) return null
    const direction = stringOf(entry, 'direction') ?? ''
    const source = { command: DROPS, file, line: null, text: `${reason} ${direction} ${packets}` }
    return { reason, direction, packets, source }
  })

/** `Service backend not found   EGRESS   12   888   2123   nodeport.h`; older versions print no line and file. */
function dropsOfText(text: string, file: string, log: ProblemLog): CiliumDrop[] | null {
  const drops: CiliumDrop[] = []
  let read = false
  for (const { number, text: line } of linesOf(text, log)) {
    read ||= /^REASON +DIRECTION +PACKETS/.test(line)
    const [, reason, direction, packets] = /^(\S.*?) {2,}([A-Z]+) +(\d+) +\d+\b/i.exec(line) ?? []
    if (reason === undefined) continue
    const source = { command: DROPS, file, line: number, text: line.trim() }
    drops.push({ reason, direction: direction!.toLowerCase(), packets: Number(packets), source })
    read = true
  }
  if (!read) log.add(null, `this is not what ${DROPS} prints`)
  return read ? drops : null
}

const METRICS = 'cilium-dbg metrics list'
const PRESSURE = /^cilium_bpf_map_pressure(?:\{| +)map_name="([^"]+)"\}? +(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*$/i

/** How full the agent counts its maps to be, of all that `cilium-dbg metrics list` prints. */
export function parseCiliumPressure(text: string, file: string): ParsedCilium {
  const log = new ProblemLog(file)
  const refusal = refusalIn(text, METRICS, file)
  if (refusal) return { value: only({ refusal }), problems: [] }
  const pressure: CiliumPressure[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    const [, map, share] = PRESSURE.exec(line) ?? []
    if (map === undefined) continue
    const source = { command: METRICS, file, line: number, text: line.trim().replace(/ +/g, ' ') }
    pressure.push({ map, share: Number(share), source })
  }
  return { value: pressure.length > 0 ? only({ pressure }) : null, problems: log.list() }
}
