/** `doctor`: before an incident, what svcpath could do on this cluster. */
import type { LiveOptions } from '../live/cluster.ts'
import type { Io } from '../model/io.ts'
import { printable } from '../model/printable.ts'
import { renderDoctor } from '../render/doctor.ts'
import { printJson } from '../render/render.ts'
import { terminal } from '../render/terminal.ts'

export interface DoctorWords {
  live: LiveOptions
  asJson: boolean
}

/** Resolves to the exit code: 0 where every node can be read, 4 where some or their rules would stay unknown, or a call that svcpath needs is not allowed. */
export async function doctorVerb({ live, asJson }: DoctorWords, io: Io): Promise<number> {
  const { examine } = await import('../live/doctor/doctor.ts')
  const report = await examine(live, io)
  io.stdout.write(asJson ? printJson(report) : renderDoctor(printable(report), terminal(io.stdout, io.env, io.stderr)))
  return report.verdict === 'ready' ? 0 : 4
}
