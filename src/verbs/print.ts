import { isSelecting, type Selecting } from '../render/outputs.ts'
import type { Selectable } from '../render/select/select.ts'

/** A document in one of the formats: those that pick something from it load what reads expressions, all others are `render`'s. */
export async function formatted<T extends string>(
  output: T | Selecting,
  selectable: () => Selectable,
  render: (output: T) => string,
): Promise<string> {
  if (!isSelecting(output)) return render(output)
  const { select } = await import('../render/select/select.ts')
  return select(selectable(), output)
}
