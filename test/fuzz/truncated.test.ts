/**
 * A capture that ends before its time, or lacks a file: what is not there is unknown, and no fault of the cluster. FUZZ_SEED: other places; FUZZ_PLACES: how
 * many.
 */
import { describe, expect, test } from 'vitest'
import { CAPTURES, capturePath, IPVS_CAPTURES } from '../fixtures.ts'
import { Random } from './random.ts'
import { around, filesOf, nodeOf, overstated, saidOf } from './recorded.ts'

const { FUZZ_SEED = '1', FUZZ_PLACES = '200' } = process.env
const [seed, places] = [Number(FUZZ_SEED) || 1, Number(FUZZ_PLACES)]

/** The one of 5,000 services takes too long, and has no shape of its own. */
const ALL = [...CAPTURES, ...IPVS_CAPTURES, 'services/k8s-1.33-nftables-web-local'].filter((name) => !/5000/.test(name))

describe.each(ALL)('%s', (name) => {
  test(`says no more where it is cut at one of ${places} places`, async () => {
    const files = await filesOf(capturePath(name))
    const random = new Random(seed * 1000 + name.length)
    const wrong = new Map<string, string>()
    for (let i = 0; i < places; i++) {
      const file = files[Math.floor((i * files.length) / places + random.next()) % files.length]!
      const at = random.below(file.text.length)
      const what = `${file.path} cut at ${at} of ${file.text.length}`
      note(wrong, what, await wrongOf(files, file, file.text.slice(0, at), i))
    }
    expect([...wrong.values()].join('\n')).toBe('')
  })

  test('says no more where it lacks a file', async () => {
    const files = await filesOf(capturePath(name))
    const wrong = new Map<string, string>()
    for (const [i, file] of files.entries()) note(wrong, `without ${file.path}`, await wrongOf(files, file, null, i))
    expect([...wrong.values()].join('\n')).toBe('')
  })

  const wholes = new Map<string, ReturnType<typeof saidOf>>()

  /** What is overstated of a capture where a file holds this text, or is not there. */
  async function wrongOf(
    files: Awaited<ReturnType<typeof filesOf>>,
    file: (typeof files)[number],
    text: string | null,
    turn: number,
  ): Promise<string[]> {
    const node = nodeOf(file) ?? nodeOf(files.find((one) => nodeOf(one) !== null)!)!
    const near = around(files, node)
    const whole = wholes.get(node) ?? saidOf(near, null)
    wholes.set(node, whole)
    const part = near.flatMap((one) => (one !== file ? one : text === null ? [] : { ...one, text }))
    try {
      return overstated(saidOf(part, turn), whole)
    } catch (error) {
      return [(error as Error).stack!.split('\n').slice(0, 4).join('\n')]
    }
  }
})

/** Each kind of fault once: others of the kind have the same cause. */
function note(wrong: Map<string, string>, what: string, said: readonly string[]): void {
  for (const one of said) {
    const key = one.replaceAll(/[\d.:]+/g, '')
    if (!wrong.has(key)) wrong.set(key, `${what}: ${one}`)
  }
}
