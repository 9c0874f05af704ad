/** How much V8 spends while verbs work: room for what they make, and work of its own that only pays in long runs. */
import { setFlagsFromString } from 'node:v8'

/**
 * Does work while V8's room for new objects, which would double until it takes 64 MB, stays as it is: what each of thousands of services leaves behind is
 * short-lived. V8 compares its flags before it takes what it compiled earlier, so little is to be loaded meanwhile, and the flag is as it was in the end.
 */
export async function inLittleRoom<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString('--semi-space-growth-factor=1')
  try {
    return await work()
  } finally {
    setFlagsFromString('--semi-space-growth-factor=2')
  }
}

/** Judges while the room for what is kept grows by a fifth at a time, and not to several times what is in use: of many nodes and services much is kept. */
export function inMeasuredRoom<T>(judge: () => T): T {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=20')
  try {
    return judge()
  } finally {
    setFlagsFromString('--semi-space-growth-factor=2')
    setFlagsFromString('--heap-growing-percent=0')
  }
}

/**
 * From here on V8 compiles for speed what is called often, and looks for garbage in passing. The executable starts without either
 * (scripts/package/executable.mjs), for most runs are over before they pay; where the flags are V8's own, nothing changes.
 */
export function expectMuchWork(): void {
  setFlagsFromString('--max-optimized-bytecode-size=61440')
  setFlagsFromString('--incremental-marking')
}
