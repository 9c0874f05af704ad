/** What counts as the same, wherever it is asked. */
import { expect, test } from 'vitest'
import { findingKeys, laneKey, treatmentKey, wayKey } from '../../src/model/identity.ts'
import { namesNode, renamed } from '../../src/model/sentence.ts'
import { makeFinding } from '../render/check/factory.ts'
import { makeEndpoint, makeEntry, makeNode } from '../render/report-factory.ts'

test('a node port is one lane on every node, and the pods of a headless service are; each family is its own', () => {
  const at = (kind: 'nodePort' | 'podIP' | 'clusterIP', address: string) => laneKey(makeEntry({ kind, address }))
  for (const kind of ['nodePort', 'podIP'] as const) {
    expect(at(kind, '10.0.0.1')).toBe(at(kind, '10.0.0.2'))
    expect(at(kind, '10.0.0.1')).not.toBe(at(kind, 'fd00::1'))
  }
  expect(at('clusterIP', '10.0.0.1')).not.toBe(at('clusterIP', '10.0.0.2'))
})

test('an endpoint is known by its address, and by its chain where that is all there is', () => {
  const [one, other] = [makeEndpoint({ chain: 'A' }), makeEndpoint({ chain: 'B' })]
  expect(treatmentKey(one)).toBe(treatmentKey(other))
  expect(treatmentKey({ ...one, address: null })).not.toBe(treatmentKey({ ...other, address: null }))
  expect(treatmentKey(one)).not.toBe(treatmentKey({ ...one, fate: 'drop' }))
})

test('a way is the same whatever the node is called, and another one where its reason is', () => {
  const [n1, n2] = [makeNode(), makeNode({ name: 'n2', connections: 9 })]
  expect(wayKey(n1, [null])).toBe(wayKey(n2, [null]))
  expect(wayKey(n1, ['the nat table is not in the text'])).not.toBe(wayKey(n2, ['no rules were collected']))
  const elsewhere = makeEntry({ endpoints: [makeEndpoint({ probability: 0.5 })] })
  expect(wayKey(n1, [null])).not.toBe(wayKey({ ...n2, entries: [elsewhere] }, [null]))
})

test('a finding of two looks is the same where they have one of its subjects in common', () => {
  const keys = findingKeys(makeFinding({ subject: 'a and 1 more', subjects: ['a', 'b'] }))
  expect(keys).toEqual([...findingKeys(makeFinding({ subject: 'a' })), ...findingKeys(makeFinding({ subject: 'b' }))])
})

test('a node is named where its name stands by itself', () => {
  for (const text of ['no rule on n1', 'n1: dropped', 'it ends on n1.', '(n1)'])
    expect(namesNode(text, 'n1')).toBe(true)
  for (const text of ['n10 drops it', 'n1.example drops it', 'web-n1', 'a.n1', ''])
    expect(namesNode(text, 'n1')).toBe(false)
  expect(renamed('n1 has no way to n10, says n1.', 'n1', 'n1, n2')).toBe('n1, n2 has no way to n10, says n1, n2.')
  expect(renamed('the same everywhere', 'n1', 'n2')).toBe('the same everywhere')
})
