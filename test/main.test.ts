/** A run in this very process, with streams, environment and clock of its own. */
import { globSync, readFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { main } from '../src/main.ts'
import { capturePath } from './fixtures.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const capture = capturePath('k8s-1.36-iptables-nft-bridge')

/** What a command line prints, and its exit code. */
async function run(argv: readonly string[], { stdin = '', env = {}, now = new Date(0) }: Partial<Given> = {}) {
  const said = { out: '', err: '' }
  const into = (where: 'out' | 'err') =>
    new Writable({
      write(chunk, _encoding, done) {
        said[where] += String(chunk)
        done()
      },
    })
  const io = { stdin: Readable.from([Buffer.from(stdin)]), stdout: into('out'), stderr: into('err') }
  const code = await main(argv, { ...io, env, now: () => now })
  return { code, ...said }
}

interface Given {
  stdin: string | Buffer
  env: Record<string, string>
  now: Date
}

test.each([
  [['--version'], 0, /^kubectl-svcpath \d/],
  [['help', 'check'], 0, /^Check whether Services work/],
  [['explain', 'SVP303'], 0, /^SVP303 /],
  [['rbac', '--via', 'exec'], 0, /kind: ClusterRole/],
  [['web', '-n', 'shop', '-f', capture], 0, /shop\/web/],
  [['-n', 'shop', '-f', capture], 3, /NAMESPACE/],
  [['check', 'web', '-n', 'shop', '-f', capture], 0, /shop +web .* passed/],
])('%j prints into the stream that it is given', async (argv, code, words) => {
  const ran = await run(argv)
  expect(ran).toMatchObject({ code, err: '' })
  expect(ran.out).toMatch(words)
})

test('standard input, environment and errors are those that it is given', async () => {
  const piped = await run(['web', '-n', 'shop', '-f', '-'], { stdin: readFileSync(capture) })
  const named = await run(['web', '-n', 'shop', '-f', capture])
  expect(piped.out.replaceAll('standard input', capture)).toBe(named.out.replaceAll('-f -', `-f ${capture}`))
  const coloured = await run(['explain', 'SVP303'], { env: { FORCE_COLOR: '1' } })
  expect(coloured.out).toContain('\u001b[')
  expect(await run(['web', '-n', 'shop'])).toMatchObject({ code: 1, out: '', err: /^error: no cluster to ask/ })
  expect(await run(['-f', '/nowhere'])).toMatchObject({
    code: 1,
    out: '',
    err: 'error: Cannot read /nowhere: there is no such file or folder. Check the path, and that you may read it.\n',
  })
})

test('only main, and what runs it, reach for the streams, the environment or the clock of the process', () => {
  const reaching = /\bprocess\.(stdin|stdout|stderr|env)\b|\bnew Date\(\)|\bDate\.now\b/
  const files = globSync(['src/**/*.ts', 'commands/*.ts'], { cwd: root })
  const found = files.filter((file) => reaching.test(readFileSync(`${root}${file}`, 'utf8')))
  expect(found.sort()).toEqual(['src/main.ts', 'src/run.ts'])
})
