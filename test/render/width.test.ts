import fc from 'fast-check'
import widthOf from 'string-width'
import { expect, test } from 'vitest'
import { NARROW, stringWidth } from '../../src/render/terminal.ts'

test('every letter that is taken for narrow is one column, alone and among others', () => {
  const letters = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter((one) =>
    NARROW.test(one),
  )
  expect(letters.length).toBeGreaterThan(200)
  expect(letters.filter((letter) => widthOf(letter) !== 1)).toEqual([])
  const text = fc.array(fc.constantFrom(...letters)).map((all) => all.join(''))
  fc.assert(fc.property(text, (any) => stringWidth(any) === widthOf(any)))
})

test('what holds others is measured by the tables', () => {
  for (const text of ['', '日本', 'é', '👍', '\u001b[1mbold\u001b[22m', 'a\tb', '→\ufe0f'])
    expect(stringWidth(text)).toBe(widthOf(text))
})
