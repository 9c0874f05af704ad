/** Words that keep coming back and that nobody says: none of them in what a user reads. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const BANNED =
  /\b(mend(s|ed|ing)?|told|concerns|strangers?|nobody was asked|any more|stands? in|by guess|pass(es)? by|as other nodes give)\b|(?<!there )\bis no\b(?! longer)/gi

const root = fileURLToPath(new URL('../', import.meta.url))
const SOURCES = [
  'src/diagnose',
  'src/render',
  'src/verbs',
  'src/flags',
  'src/ask',
  'src/front',
  'src/report',
  'src/trace',
  'commands',
]
const PAGES = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]

const sources = SOURCES.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
)

test('no banned word in a sentence of the program', () => {
  expect(sources.length).toBeGreaterThan(100)
  const found = sources.flatMap((file) =>
    bannedIn(sentencesOf(readFileSync(join(root, file), 'utf8')).join('\n'), file),
  )
  expect(found).toEqual([])
})

test('nor on a page', () => {
  expect(PAGES.flatMap((file) => bannedIn(readFileSync(join(root, file), 'utf8'), file))).toEqual([])
})

test('what it looks at are texts, not comments or code', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code, to be looked at
  const code = "/** told */ const told = sh`it's told ${told}` // told\nconst b = 'is no \\'x\\''"
  expect(sentencesOf(code)).toEqual(["it's told ", "is no \\'x\\'"])
  expect(bannedIn('it is no longer there, and there is no way', 'x')).toEqual([])
  expect(bannedIn('it is no way', 'x')).toEqual(['x: it is no way'])
})

/** The texts of a source: strings and templates without what is put into them. */
function sentencesOf(source: string): string[] {
  const tokens = /\/\*[\s\S]*?\*\/|\/\/.*|'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g
  return [...source.matchAll(tokens)].flatMap(([, single, double, template]) => {
    const text = single ?? double ?? template?.replaceAll(/\$\{[^}]*\}/g, '')
    return text === undefined ? [] : [text]
  })
}

function bannedIn(text: string, file: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.search(BANNED) >= 0)
    .map((line) => `${file}: ${line.trim()}`)
}
