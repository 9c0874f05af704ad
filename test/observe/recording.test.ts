import { expect, test } from 'vitest'
import { observeFiles } from '../observations.ts'

test.each(['', '\n', '[]', '[ ]\n', '[\n]'])('a command that found nothing (%j) is no problem', async (text) => {
  const { problems } = await observeFiles({ 'nodes/n1/ip-neigh.json': text })
  expect(problems).toEqual([])
})

test.each(['hello', '[1]', '[[]'])('what no tool prints (%j) is told', async (text) => {
  const { problems } = await observeFiles({ 'nodes/n1/ip-neigh.json': text })
  expect(problems.map(({ message }) => message)).toEqual(['not recognised: it looks like no tool that svcpath reads'])
})
