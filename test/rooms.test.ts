import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** The rooms from the lowest up: whom each may import besides itself and model. Only rooms above its line may be named in it. */
const ROOMS: Record<string, string> = {
  model: '',
  kernel: '',
  proxies: 'kernel',
  trace: 'proxies kernel',
  front: '',
  diagnose: 'front trace proxies kernel',
  ask: 'proxies',
  report: 'ask diagnose front trace',
  probe: 'diagnose trace proxies',
  compare: 'ask diagnose trace proxies',
  render: '',
  parse: '',
  watch: 'parse',
  kube: '',
  reach: 'kube',
  collect: 'reach proxies',
  resolve: 'front kube parse',
  measure: 'kube',
  capture: '',
  observe: 'capture measure parse proxies',
  redact: 'observe capture measure parse proxies',
  flags: 'kube render',
  complete: 'flags kube diagnose observe',
  live: 'watch report ask diagnose observe redact capture measure parse resolve reach collect kube flags render',
  verbs: 'live watch probe compare report ask diagnose observe reach kube flags redact render',
  commands: 'verbs flags render',
  entry: 'commands complete flags render',
}

const MOST_FILES = 25

const root = fileURLToPath(new URL('../', import.meta.url))
const sources = globSync(['src/**/*.ts', 'commands/*.ts'], { cwd: root }).sort()
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

/** `src/observe.ts` belongs to the room that it opens; the other files of `src/` are the entry of the house. */
function roomOf(file: string): string {
  const [top, room] = file.split('/')
  const name = top === 'src' ? room!.replace(/\.ts$/, '') : top!
  return name in ROOMS ? name : 'entry'
}

test('the rooms stand one above the other', () => {
  const names = Object.keys(ROOMS)
  const upward = names.filter((name, i) => ROOMS[name]!.split(' ').some((one) => names.indexOf(one) >= i))
  expect(upward).toEqual([])
})

test('each room imports only from the rooms below it', () => {
  const against = sources.flatMap((file) => {
    const room = roomOf(file)
    const allowed = [room, 'model', ...ROOMS[room]!.split(' ')]
    const imported = [...textOf(file).matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g)].map(([, path]) =>
      roomOf(join(dirname(file), path!)),
    )
    return [...new Set(imported)].filter((one) => !allowed.includes(one)).map((one) => `${file} → ${one}`)
  })
  expect(against.sort()).toEqual([])
})

test('kernel/ does not know whose rules it walks', () => {
  const named = sources.filter((file) => roomOf(file) === 'kernel' && /KUBE-|kube-proxy|Service/.test(textOf(file)))
  expect(named).toEqual([])
})

test(`no folder holds more than ${MOST_FILES} files`, () => {
  const files = [...sources, ...globSync(['test/**/*.ts', 'scripts/**/*.*'], { cwd: root })]
  const counts = Map.groupBy(files, (file) => dirname(file))
  expect([...counts].filter(([, held]) => held.length > MOST_FILES).map(([folder]) => folder)).toEqual([])
})
