import { Flags } from '@oclif/core'
import { usageError } from '../model/errors.ts'
import { isSelecting, SELECTING, type Selecting } from '../render/outputs.ts'

/** `-o` of a verb that prints these formats, the first one unasked, and those that pick something from the data as kubectl's do. */
export function outputFlag(formats: readonly [string, ...string[]]) {
  const flag = Flags.string({
    char: 'o',
    default: formats[0],
    helpValue: 'FORMAT',
    description: `output format: ${[...formats, 'name', ...SELECTING.map(({ usage }) => usage)].join(', ')}`,
  })
  FORMATS.set(flag, [...formats, 'name', ...SELECTING.map(({ start }) => start)])
  return flag
}

/** What a shell may offer for such a flag; undefined for any other. */
export const formatsOf = (flag: object): readonly string[] | undefined => FORMATS.get(flag)

/** oclif's own list of options would refuse an expression. */
const FORMATS = new WeakMap<object, readonly string[]>()

/** What the flag says. Throws a usage error for what is no format, and for an expression that cannot be read: before a cluster is asked. */
export async function readOutput<T extends string>(text: string, formats: readonly T[]): Promise<T | Selecting> {
  const format = formats.find((one) => one === text)
  if (format !== undefined) return format
  const expression = SELECTING.find(({ start }) => text.startsWith(start.slice(0, -1)))
  if (expression && text.length <= expression.start.length)
    throw usageError(`-o ${text}: what is to be printed?`, `such as ${expression.example}`)
  if (!isSelecting(text))
    throw usageError(`-o ${text}: no such format`, `formats: ${[...formats, ...NAMES].join(', ')}`)
  if (expression) {
    const { checkExpression } = await import('../render/select/select.ts')
    checkExpression(text)
  }
  return text
}

const NAMES = ['name', ...SELECTING.map(({ start }) => `${start}…`)]
