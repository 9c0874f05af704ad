import { expect, test } from 'vitest'
import { printable } from '../../src/model/printable.ts'

test('what is fit for a terminal is no copy', () => {
  const report = { services: [{ name: 'web', nodes: ['n1', 'n2'], from: null, ready: 2 }] }
  expect(printable(report)).toBe(report)
})

test('what holds a text that is not fit is a copy, and all else in it is shared', () => {
  const fit = { name: 'web' }
  const list = [fit, { name: 'a\u001b[31mb', tags: ['x', 'y\u202ez'] }, fit]
  const shown = printable({ list, 'k\ney': 1 })
  expect(shown).toEqual({ list: [fit, { name: 'a\uFFFD[31mb', tags: ['x', 'y\uFFFDz'] }, fit], 'k\uFFFDey': 1 })
  expect(shown.list[0]).toBe(fit)
  expect(shown.list[2]).toBe(fit)
  expect(list[1]!.name).toBe('a\u001b[31mb')
})
