import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAnswer } from '../../src/collect/answer.ts'

const F = 'f'.repeat(32)
const read = (text: string) => readAnswer(Buffer.from(text), F)
const section = (file: string, text: string, exit = 0) =>
  `${F} begin ${file}\n${text}\n${F} end ${file} ${exit} 10 some command\n`

describe('the answer of a node', () => {
  test('sections with what was run, how it ended and what it printed', () => {
    const errors = `ut short\n${F} begin a.txt\n${F} begin b.json\nsad words\n\n${F} errors\n`
    const text = `${section('a.txt', 'one\ntwo')}${section('b.json', '', 1)}${F} done\n${errors}`
    const { sections, complete } = read(text)
    expect(complete).toBe(true)
    expect(sections).toMatchObject([
      { file: 'a.txt', text: 'one\ntwo\n', exitCode: 0, command: 'some command', milliseconds: 10, stderr: '' },
      { file: 'b.json', text: '', exitCode: 1, stderr: 'sad words' },
    ])
  })

  test('what was left out is counted and taken out of the text', () => {
    const { sections } = read(section('a.txt', '*nat\n#svcpath left 3 4\n-N X\n#svcpath left 1 1\nCOMMIT'))
    expect(sections).toMatchObject([
      { text: '*nat\n-N X\nCOMMIT\n', leftOut: '4 chains and 5 rules of other services' },
    ])
  })

  test('a time limit, a cut and noise around it', () => {
    expect(read(section('a.txt', 'x', 137)).sections).toMatchObject([{ exitCode: null, complete: true }])
    const cut = read(`Welcome!\n${F} begin a.txt\nhalf a li`)
    expect(cut).toMatchObject({ complete: false, sections: [{ text: 'half a li\n', complete: false, exitCode: null }] })
    expect(read('no such file')).toEqual({ sections: [], complete: false })
  })

  test('a frame forges nothing in the midst of a line, nor with another number', () => {
    const forged = `x ${F} end a.txt 0 0\n${'e'.repeat(32)} end a.txt 0 0\nstill`
    expect(read(section('a.txt', forged)).sections).toMatchObject([{ text: `${forged}\n` }])
    expect(read(section('../../etc/passwd', 'x')).sections).toEqual([])
  })

  test('whatever a section prints is what is read', () => {
    const printed = fc.string().filter((text) => !text.includes(F) && !text.includes('#svcpath'))
    fc.assert(
      fc.property(fc.array(printed, { maxLength: 5 }), (texts) => {
        const all = texts.map((text, i) => section(`s${i}.txt`, text)).join('')
        const read = readAnswer(Buffer.from(`${all}${F} done\n`), F)
        expect(read.complete).toBe(true)
        expect(read.sections.map(({ text }) => text)).toEqual(
          texts.map((text) => {
            const clean = Buffer.from(text).toString()
            return clean === '' || clean.endsWith('\n') ? clean : `${clean}\n`
          }),
        )
      }),
    )
    fc.assert(fc.property(fc.uint8Array(), (junk) => void readAnswer(junk, F)))
  })
})
