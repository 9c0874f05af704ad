import { expect, test } from 'vitest'
import { usageText } from '../src/usage.ts'
import { GLOSSARY_WORDS, glossaryText } from '../src/verbs/glossary.ts'

const FLAGS = ['filename', 'namespace', 'node', 'node-timeout', 'concurrency']

test.each([
  [
    'Nonexistent flag: --file\nSee more help with --help',
    { text: 'unknown flag --file', hint: 'did you mean --filename?' },
  ],
  ['Nonexistent flag: --namspace', { text: 'unknown flag --namspace', hint: 'did you mean --namespace?' }],
  ['Nonexistent flag: --x', { text: 'unknown flag --x' }],
  [
    'Unexpected argument: api',
    {
      text: 'trace takes one service, and api is another argument',
      hint: 'for several services: kubectl svcpath check web api',
    },
  ],
  [
    'The following error occurred:\n  Parsing --concurrency \n\tExpected an integer but received: x',
    { text: '--concurrency: "x" is not a whole number' },
  ],
  [
    'The following error occurred:\n  Parsing --concurrency \n\tExpected an integer greater than or equal to 1 but received: 0',
    { text: '--concurrency: 0 is too small: at least 1' },
  ],
  [
    'Expected --output=jsn to be one of: tree, wide, json',
    { text: '--output: "jsn" is not one of tree, wide, json', hint: 'did you mean json?' },
  ],
  ['All of the following must be provided when using --keep: --every', { text: '--keep needs --every, too' }],
  ['Flag --filename expects a value', { text: '--filename needs a value' }],
  [
    '--all-namespaces=true cannot also be provided when using --namespace',
    { text: '--all-namespaces=true cannot be given together with --namespace' },
  ],
])('%j', (message, said) => {
  expect(usageText(message, null, FLAGS)).toEqual(said)
})

test('words of the output are explained, chains by their kind', () => {
  expect(glossaryText('Expected')).toMatch(/^expected\n {2}The share/)
  expect(glossaryText('kube-svc-E3PXEPMWAWIUT6ZV')).toMatch(/^KUBE-SVC\n/)
  expect(glossaryText('KUBE-SVCS')).toBeNull()
  expect(new Set(GLOSSARY_WORDS.map((word) => word.toLowerCase())).size).toBe(GLOSSARY_WORDS.length)
})
