import { Flags } from '@oclif/core'
import type { Io } from '../model/io.ts'

const COLORS = ['auto', 'always', 'never'] as const

export const colorFlag = Flags.string({
  options: [...COLORS],
  default: 'auto',
  description: 'when to use colours; auto: on a terminal, unless NO_COLOR is set',
})

/** The same surroundings, in which what the flag says stands for `NO_COLOR` and `FORCE_COLOR`. */
export function withColor(io: Io, color: string): Io {
  if (color === 'auto') return io
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = io.env
  const value = { ...env, ...(color === 'always' ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) }
  // A copy of `io` would open standard input.
  return Object.create(io, { env: { value } }) as Io
}
