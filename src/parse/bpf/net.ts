/** `bpftool net show`, as text and with `-j`: programs at links and at netfilter's hooks. */
import type { AttachedProgram } from '../../model/node.ts'
import { type JsonObject, numberOf, objectsOf, readEach, stringOf } from '../host/json.ts'
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'

const COMMAND = 'bpftool net show'

/** Of an empty text, as from a wrapper without the program itself, nothing is known. */
export function parseBpftoolNet(text: string, file: string): Parsed<AttachedProgram> {
  const log = new ProblemLog(file)
  const isJson = /^\s*\[/.test(text)
  if (text.trim() === '') log.add(null, 'bpftool printed nothing')
  const items = isJson ? readEach(text, log, (entry) => programsOf(entry, file)).flat() : readLines(text, file, log)
  return { items, problems: log.list() }
}

function programsOf(entry: JsonObject, file: string): AttachedProgram[] {
  const of = (key: string, read: (one: JsonObject) => Omit<AttachedProgram, 'cgroup' | 'kind' | 'source'>) =>
    objectsOf(entry, key).map((one): AttachedProgram => {
      const source = { command: COMMAND, file, line: null, text: JSON.stringify(one).slice(0, 200) }
      return { ...read(one), cgroup: null, kind: 'bpf', source }
    })
  const device = (one: JsonObject) => stringOf(one, 'devname')
  const name = (one: JsonObject) => stringOf(one, 'name')
  return [
    ...of('xdp', (one) => ({
      hook: 'xdp',
      device: device(one),
      place: stringOf(one, 'mode') ?? 'xdp',
      name: name(one),
    })),
    ...of('tc', (one) => {
      const place = stringOf(one, 'kind') ?? 'tc'
      return { hook: hookOf(place), device: device(one), place, name: name(one) }
    }),
    ...of('netfilter', (one) => ({
      ...{ hook: 'netfilter', device: null, place: `hook ${numberOf(one, 'hook') ?? stringOf(one, 'hook') ?? '?'}` },
      name: name(one),
    })),
  ]
}

const hookOf = (place: string): 'tcx' | 'netkit' | 'tc' =>
  place.startsWith('tcx') ? 'tcx' : place.startsWith('netkit') ? 'netkit' : 'tc'

/** `eth0(2) clsact/ingress bpf_host.o:[from-netdev] id 15871`, below `xdp:` or `tc:`. */
function readLines(text: string, file: string, log: ProblemLog): AttachedProgram[] {
  const programs: AttachedProgram[] = []
  let part = ''
  for (const { number, text: line } of linesOf(text, log)) {
    const heading = /^(\w+):\s*$/.exec(line)?.[1]
    if (heading) part = heading
    else if (line.trim() !== '' && (part === 'xdp' || part === 'tc' || part === 'netfilter')) {
      const program = readLine(part, line.trim(), { command: COMMAND, file, line: number, text: line.trim() })
      if (program) programs.push(program)
      else log.add(number, `not a line of bpftool net: ${quote(line)}`)
    } else if (line.trim() !== '' && part === '') log.add(number, `not a line of bpftool net: ${quote(line)}`)
  }
  return programs
}

function readLine(
  part: 'xdp' | 'tc' | 'netfilter',
  line: string,
  source: AttachedProgram['source'],
): AttachedProgram | null {
  const rest = { cgroup: null, kind: 'bpf' as const, source }
  if (part === 'netfilter') return { ...rest, hook: 'netfilter', device: null, place: line, name: null }
  const [, device, place, name] = /^(\S+?)\(\d+\) (\S+)(?: (.*?))?(?: (?:prog_)?id \d+.*)?$/.exec(line) ?? []
  if (!device || !place) return null
  if (part === 'xdp') return { ...rest, hook: 'xdp', device, place, name: null }
  return { ...rest, hook: hookOf(place), device, place, name: name || null }
}
