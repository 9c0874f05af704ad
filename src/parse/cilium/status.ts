import type { CiliumStatus } from '../../model/dataplanes/cilium.ts'
import { type JsonObject, objectOf, stringOf, stringsOf } from '../host/json.ts'
import { ProblemLog } from '../parsed.ts'
import { jsonIn, only, type ParsedCilium, refusalIn } from './parts.ts'

const COMMAND = 'cilium-dbg status'

/** `cilium-dbg status -o json`, or its text with or without `--verbose`. */
export function parseCiliumStatus(text: string, file: string): ParsedCilium {
  const log = new ProblemLog(file)
  const refusal = refusalIn(text, COMMAND, file)
  if (refusal) return { value: only({ refusal }), problems: [] }
  const status = text.trimStart().startsWith('{') ? fromJson(text, file) : fromText(text, file)
  if (!status) log.add(null, `this is not what ${COMMAND} prints, or not all of it`)
  return { value: status && only({ status }), problems: log.list() }
}

function fromJson(text: string, file: string): CiliumStatus | null {
  const value = jsonIn(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const status = value as JsonObject
  if (!('kube-proxy-replacement' in status) && !('cilium' in status)) return null
  const kpr = objectOf(status, 'kube-proxy-replacement')
  const features = objectOf(kpr, 'features')
  const socket = objectOf(features, 'socketLB')
  const nodePort = objectOf(features, 'nodePort')
  const mode = stringOf(kpr, 'mode')
  return {
    replaces: replacesBy(mode),
    socketLb: typeof socket.enabled === 'boolean' ? socket.enabled : null,
    socketLbHostOnly: features.bpfSocketLBHostnsOnly === true || kpr.bpfSocketLBHostnsOnly === true,
    nodePort:
      nodePort.enabled === true
        ? { mode: stringOf(nodePort, 'mode'), algorithm: stringOf(nodePort, 'algorithm') }
        : null,
    devices: Array.isArray(kpr.devices) ? stringsOf(kpr, 'devices') : null,
    state: stringOf(objectOf(status, 'cilium'), 'state'),
    source: { command: COMMAND, file, line: null, text: `kube-proxy-replacement.mode: ${mode ?? 'not said'}` },
  }
}

/** Strict and True: all of it; Partial and Probe: what the kernel and the settings allow; Disabled and False: nothing. */
function replacesBy(mode: string | null): CiliumStatus['replaces'] {
  const word = mode?.toLowerCase() ?? ''
  if (word === 'true' || word === 'strict') return 'all'
  if (word === 'partial' || word === 'probe') return 'part'
  return word === 'false' || word === 'disabled' ? 'none' : null
}

function fromText(text: string, file: string): CiliumStatus | null {
  const field = (name: string) => new RegExp(`^[ \\t]*${name}:[ \\t]*(\\S.*?)[ \\t]*\\r?$`, 'm').exec(text)?.[1] ?? null
  const line = /^[ \t]*KubeProxyReplacement:[ \t]*(\S+)[ \t]*(?:\[(.*)\])?.*$/m.exec(text)
  if (!line) return null
  const socket = field('Socket LB')
  // Also `eth0 10.0.0.4 (Direct Routing)`, and IPv6 addresses behind a blank.
  const devices = (field('Devices') ?? line[2] ?? null)?.split(',').flatMap((one) => one.trim().split(/\s+/)[0] || [])
  const mode = field('Mode')
  const algorithm = field('Backend Selection')?.split(/\s/)[0] ?? null
  return {
    replaces: replacesBy(line[1]!),
    socketLb: socket === null ? null : /^enabled/i.test(socket),
    socketLbHostOnly: /hostns/i.test(field('Socket LB Coverage') ?? ''),
    nodePort: mode === null && algorithm === null ? null : { mode, algorithm },
    devices: devices ?? null,
    state: /^[ \t]*Cilium:[ \t]*(\S+)/m.exec(text)?.[1] ?? null,
    source: {
      ...{ command: COMMAND, file, text: line[0].trim() },
      line: text.slice(0, line.index).split('\n').length,
    },
  }
}
