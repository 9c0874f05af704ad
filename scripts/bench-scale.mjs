// `npm run bench:scale`: a cluster of many nodes, each of which answers as a node of the 5,000-service capture does. Time, memory and API calls, beside those of
// a tenth of the nodes in the same run, and the aim: linear means ten times. NODES=1000, HUNG=0, ONLY='check -A'.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { head, row } from './bench/rows.mjs'

const NAME = 'k8s-1.36-iptables-nft-5000-services'
const nodes = Number(process.env.NODES ?? 1000)
const hung = Number(process.env.HUNG ?? 0)
const only = process.env.ONLY?.split(',') ?? null
const root = fileURLToPath(new URL('../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'svcpath-scale-'))

/** What issue 15 asks for, of 1,000 nodes. */
const AIMS = { ratio: 10, memory: 400, first: 2, calls: 1.5 }

const VERBS = {
  'trace --all-nodes': ['web', '-n', 'shop', '--all-nodes'],
  trace: ['web', '-n', 'shop'],
  'check --wait': ['check', 'web', '-n', 'shop', '--wait=5s'],
  'check -A': ['check', '-A'],
}

try {
  execFileSync('tar', ['-xzf', `${root}test/fixtures/${NAME}.tgz`, '-C', folder])
  const few = await measure(Math.max(1, Math.round(nodes / 10)))
  const many = await measure(nodes)
  for (const [verb, one] of Object.entries(many)) print(verb, one, few[verb])
} finally {
  rmSync(folder, { recursive: true })
}

/** What each verb costs in a cluster of so many nodes. */
async function measure(count) {
  const plan = { capture: join(folder, NAME), nodes: count, hung: Math.min(hung, count), apiMs: 20, nodeMs: 200 }
  const server = spawn(process.execPath, [`${root}test/lab/many/main.ts`, JSON.stringify(plan)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
  const next = async () => (await lines.next()).value
  try {
    const config = join(folder, `config-${count}`)
    writeFileSync(config, await next())
    const results = {}
    for (const [verb, words] of Object.entries(VERBS)) {
      if (only && !only.includes(verb)) continue
      // The first asker waits until the script has really been run.
      await run([...words.filter((word) => word !== '--all-nodes'), '--node', 'n1'], config)
      server.stdin.write('\n')
      await next()
      const result = await run(words, config)
      server.stdin.write('\n')
      results[verb] = { ...result, ...JSON.parse(await next()), nodes: count }
    }
    return results
  } finally {
    server.stdin.end()
  }
}

/** One run: seconds, megabytes, the first line that it printed, the exit code. */
function run(words, kubeconfig) {
  const program = `process.argv.splice(1, 0, 'svcpath'); process.on('exit', () => console.error('maxRSS', process.resourceUsage().maxRSS)); await import(${JSON.stringify(`${root}dist/svcpath.mjs`)})`
  const began = performance.now()
  const args = ['--input-type=module', '-e', program, '--', ...words, '--via', 'exec', '--kubeconfig', kubeconfig]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let first = null
  let errors = ''
  let printed = 0
  const note = (text) => {
    first ??= { seconds: (performance.now() - began) / 1000, line: String(text).split('\n')[0] }
  }
  child.stdout.on('data', (text) => {
    note(text)
    printed += text.length
  })
  child.stderr.on('data', (text) => {
    note(text)
    errors += text
  })
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const memory = Number(/maxRSS (\d+)/.exec(errors)?.[1]) / 1024
      if (![0, 3, 4].includes(code)) console.error(`${words.join(' ')}: exit code ${code}: ${errors.slice(-500)}`)
      resolve({ seconds: (performance.now() - began) / 1000, memory, first, code, printed, errors })
    })
  })
}

function print(verb, { seconds, memory, first, code, kinds, most, nodes: count, printed, errors }, few) {
  const calls = (all) => Object.entries(all).reduce((sum, [kind, number]) => sum + (kind === 'exec' ? 0 : number), 0)
  const lines = errors.split('\n').filter((line) => line !== '' && !line.startsWith('maxRSS'))
  console.log(
    `${verb}, ${count} nodes (exit code ${code}, ${printed} B on stdout, ${lines.length} lines on stderr, ${kinds.exec ?? 0} times a node was read, at most ${most} at a time)`,
  )
  head('', `${count} nodes`, `${few.nodes} nodes`)
  row('time', seconds, { unit: 's', beside: few.seconds, aim: AIMS.ratio })
  row('API calls', calls(kinds), { unit: '', beside: calls(few.kinds), aim: AIMS.calls })
  row('peak memory', memory, { unit: 'MB', aim: AIMS.memory })
  row(`peak memory with ${few.nodes} nodes`, few.memory, { unit: 'MB' })
  row(`first line: ${first.line.slice(0, 30)}`, first.seconds, { unit: 's', aim: AIMS.first })
  const others = Object.entries(kinds).filter(([kind]) => kind !== 'exec')
  console.log(`              ${others.map(([kind, number]) => `${kind} ${number}`).join(', ')}`)
}
