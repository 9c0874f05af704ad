/**
 * Thousands of texts that nobody would paste and somebody will. FUZZ_SEED: other texts (`random`: any); FUZZ_TEXTS: how many; FUZZ_FROM: the number of the
 * first, to see one that failed again. CI takes other texts each time, and `npm run fuzz` many more.
 */
import { expect, test, vi } from 'vitest'
import { MOST_STEPS } from '../../src/kernel/account.ts'
import type { walkChain } from '../../src/kernel/walk.ts'
import { excerpt, type Group, readCorpus } from './corpus.ts'
import { mutated } from './mutations.ts'
import { endure, endureMain } from './pipeline.ts'
import { Random } from './random.ts'

const counted = vi.hoisted(() => ({ most: 0 }))

vi.mock('../../src/kernel/walk.ts', async (importOriginal) => {
  const real = await importOriginal<{ walkChain: typeof walkChain }>()
  const counting: typeof walkChain = (place, ...others) => {
    const before = place.steps.left
    const passage = real.walkChain(place, ...others)
    counted.most = Math.max(counted.most, before - place.steps.left)
    return passage
  }
  return { ...real, walkChain: counting }
})

const { FUZZ_SEED = '1', FUZZ_TEXTS = '20000', FUZZ_FROM = '0' } = process.env
const seed = FUZZ_SEED === 'random' ? Date.now() % 1_000_000 : Number(FUZZ_SEED)
const [texts, from] = [Number(FUZZ_TEXTS), Number(FUZZ_FROM)]

/** The last step of a walk may be a large one. */
const MOST = MOST_STEPS * 1.05
/** One of so many goes in by the command line, too, which takes several times as long. */
const BY_COMMAND_LINE = 40
const MOST_FAILURES = 5
const HANGS_MS = 600_000 + 50 * texts

test(`${texts} texts make no trouble (FUZZ_SEED=${seed})`, { timeout: HANGS_MS }, async () => {
  console.log(`FUZZ_SEED=${seed} FUZZ_FROM=${from} FUZZ_TEXTS=${texts}`)
  const corpus = await readCorpus()
  const failures = new Map<string, string>()
  for (let i = from; i < from + texts && failures.size < MOST_FAILURES; i++) {
    try {
      await tryText(corpus, i)
    } catch (error) {
      const [what = '', ...places] = (error as Error).stack?.split('\n') ?? []
      // The same fault once, by the place where it shows.
      const key = places.find((line) => /\/src\//.test(line)) ?? what
      const again = `FUZZ_SEED=${seed} FUZZ_FROM=${i} FUZZ_TEXTS=1 npm run fuzz`
      if (!failures.has(key)) failures.set(key, [again, what, ...places.slice(0, 6)].join('\n'))
    }
  }
  expect([...failures.values()].join('\n\n')).toBe('')
})

async function tryText(corpus: readonly Group[], i: number): Promise<void> {
  const random = new Random(seed * 0x9e3779b1 + i)
  const text = textFrom(corpus, random)
  if (texts === 1) console.log(text)
  counted.most = 0
  await endure(text, random)
  if (i % BY_COMMAND_LINE === 0) await endureMain(text, random)
  if (counted.most > MOST) throw new Error(`a walk of ${counted.most} steps`)
}

/** One to three files of a folder, a part of each, and what happened to them. */
function textFrom(corpus: readonly Group[], random: Random): string {
  const group = random.pick(corpus)
  const piece = () => excerpt(random.pick(group), random)
  const other = () => excerpt(random.pick(random.pick(corpus)), random)
  const pieces = Array.from({ length: 1 + random.below(3) }, piece)
  return mutated(pieces.join('\n'), random, other)
}
