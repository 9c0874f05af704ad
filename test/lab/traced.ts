/** A trace of what a probe sends, by the part of the node script that asks the kernel for it. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readAnswer } from '../../src/collect/answer.ts'
import { IPTABLES_TOOLS } from '../../src/collect/iptables-tools.ts'
import { kernelTracePart } from '../../src/collect/kernel-trace.ts'
import { PRELUDE } from '../../src/collect/prelude.ts'
import type { Section } from '../../src/collect/section.ts'
import type { TracedPackets } from '../../src/model/kernel-trace/packets.ts'
import type { Lab } from './lab.ts'

const FRAME = '0123456789abcdef'.repeat(2)

/** The whole script: `command` is what it runs while the kernel tells. */
export const traceScript = (packets: readonly TracedPackets[], command: string, seconds = 60): string => `F=${FRAME}
{ {
${PRELUDE}
${IPTABLES_TOOLS}
${kernelTracePart(packets, FRAME, seconds)}
probing() { ${command}; }
traced probing
printf '%s done\\n' "$F"
} 2>&1 >&3 3>&- | tail -c 60000; } 3>&1
exit 0
`

/** Sections of a trace on the lab's node while `send` runs; `folder` is the test's own. */
export async function traced(
  lab: Lab,
  folder: string,
  packets: readonly TracedPackets[],
  send: () => Promise<unknown>,
  shell: readonly string[] = ['dash'],
): Promise<Section[]> {
  const sent = join(folder, `sent-${Math.random()}`)
  const script = traceScript(packets, `echo now; until [ -e '${sent}' ]; do sleep 0.05; done`)
  const child = lab.start('node', shell, script)
  const chunks: Buffer[] = []
  const begun = new Promise<void>((resolve) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (Buffer.concat(chunks).includes('now\n')) resolve()
    })
  })
  const closed = once(child, 'close')
  try {
    await Promise.race([begun, closed])
    await send()
  } finally {
    writeFileSync(sent, '')
  }
  await closed
  const answer = readAnswer(Buffer.concat(chunks), FRAME)
  if (!answer.complete) throw new Error(`the script has no end: ${Buffer.concat(chunks)}`)
  return answer.sections
}
