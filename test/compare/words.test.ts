/** The words of `diff`: which are paths, and which is a service. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readDiffWords } from '../../src/verbs/diff-words.ts'
import { scratch } from '../scratch.ts'

const folder = scratch('diff-words')
afterAll(() => folder.remove())
const at = (name: string) => join(folder.path, name)
for (const name of ['a.tgz', 'b.tgz']) writeFileSync(at(name), '')
mkdirSync(at('web'))

test.each([
  [[at('a.tgz')], { after: null, service: null }],
  [[at('a.tgz'), 'web'], { after: null, service: 'web' }],
  [[at('a.tgz'), 'shop/web'], { after: null, service: 'shop/web' }],
  [[at('a.tgz'), '10.96.0.10:53'], { after: null, service: '10.96.0.10:53' }],
  [[at('a.tgz'), at('b.tgz')], { after: at('b.tgz'), service: null }],
  [[at('a.tgz'), at('web')], { after: at('web'), service: null }],
  [[at('a.tgz'), at('b.tgz'), 'svc/web'], { after: at('b.tgz'), service: 'svc/web' }],
  [[at('a.tgz'), '-', 'web'], { after: '-', service: 'web' }],
])('%j', async (words, expected) => {
  expect(await readDiffWords(words)).toEqual({ before: words[0], ...expected })
})

test.each([
  [[], /what is to be compared/],
  [[at('none.tgz')], /none\.tgz does not exist/],
  [['web'], /web does not exist/],
  [[at('a.tgz'), at('none.tgz')], /none\.tgz does not exist/],
  [[at('a.tgz'), 'after.tgz'], /after\.tgz does not exist/],
  [[at('a.tgz'), 'web', 'api'], /web does not exist/],
  [[at('a.tgz'), at('b.tgz'), at('a.tgz')], /is a path/],
  [[at('a.tgz'), at('b.tgz'), 'web', 'api'], /4 words/],
  [['-', '-'], /twice/],
])('%j is refused', async (words, message) => {
  await expect(readDiffWords(words)).rejects.toMatchObject({ message: expect.stringMatching(message), exitCode: 2 })
})
