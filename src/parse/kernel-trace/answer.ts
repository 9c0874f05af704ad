import type { ToldByKernel } from '../../model/kernel-trace/answer.ts'
import { parseKernelChains } from './chains.ts'
import { parseKernelTrace } from './trace.ts'

/** What a node gave: the trace with what it wrote on stderr, and the chains in both languages. */
export function parseTold(section: {
  file: string
  text: string
  stderr: string
  exitCode: number | null
  chains: string
  iptables: string
}): ToldByKernel {
  const { packets, whole } = parseKernelTrace(section.text, section.file)
  const [line = 'nft said nothing'] = section.stderr.split('\n').filter((one) => one.trim() !== '')
  return {
    trace: { packets, whole },
    rules: parseKernelChains(section.chains, section.iptables),
    failure: section.exitCode === 0 ? null : line,
  }
}
