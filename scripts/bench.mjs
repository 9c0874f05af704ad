// `npm run bench`: how fast a dump of 95,425 lines is read, and one service traced from it. Figures are ratios of medians
// taken in one run, so that they mean the same on any machine.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import iptablesParser from '@wkronmiller/iptables-parser'
import { allServices } from '../src/ask/find.ts'
import { readSources } from '../src/capture/read.ts'
import { observeRecorded } from '../src/observe/observation.ts'
import { parseSave } from '../src/parse/iptables/save.ts'
import { checkServices } from '../src/report/check.ts'
import { head, median, row } from './bench/rows.mjs'

const RUNS = 7
const root = fileURLToPath(new URL('../', import.meta.url))
const capture = `${root}test/fixtures/k8s-1.36-iptables-nft-5000-services.tgz`

const { entries } = await readSources([capture], () => process.stdin)
const text = entries.find(({ path }) => path.endsWith('iptables-save.txt')).text()
// The library reads no counters: with them it skips every rule.
const bare = text.replaceAll(/^\[\d+:\d+\] /gm, '')

const everyRule = (dump) => {
  let matches = 0
  for (const table of parseSave(dump, 'bench').tables) {
    for (const chain of table.chains.values()) for (const rule of chain.rules) matches += rule.matches.length
  }
  return matches
}

const parsing = {
  'split into lines': () => bare.split('\n').length,
  '@wkronmiller/iptables-parser': () => iptablesParser.parseIptablesDoc(bare).nat.rules.length,
  'svcpath: tables, chains, counters': () => parseSave(bare, 'bench').tables.length,
  'svcpath: every match of every rule': () => everyRule(bare),
}

function time(run) {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now()
    run()
    return performance.now() - start
  })
  return median(times)
}

/** What issue 15 asks for: a trace of the 5,000-service capture, and check -A of all its services. */
const AIMS = { traceMs: 400, checkMs: 3000, megabytes: 250 }

head(`parsing ${bare.split('\n').length} lines, ${(bare.length / 1e6).toFixed(1)} MB`, 'median', 'library')
const yardstick = time(parsing['@wkronmiller/iptables-parser'])
for (const [name, run] of Object.entries(parsing)) row(name, time(run), { beside: yardstick })
// Linear means twice.
row(
  'every match of twice the lines, of the lines',
  time(() => everyRule(bare + bare)),
  {
    beside: time(() => everyRule(bare)),
  },
)

const run =
  (...words) =>
  () =>
    spawnSync(process.execPath, [`${root}dist/svcpath.mjs`, ...words], { stdio: 'ignore' })
const version = JSON.parse(readFileSync(`${root}package.json`, 'utf8')).version
const start = time(run('--version'))
const traced = time(run('big/svc-02936', '-f', capture))
head(`one process of ${version}`, 'median', '--version')
row('--version', start, {})
row('one service of 5,000, with its files', traced, { beside: start })
row('the same, by itself', traced, { aim: AIMS.traceMs })

// All services judged in one pass, beside half of them: linear means twice.
const observation = await observeRecorded([capture], () => process.stdin)
const services = allServices(observation)
const options = { nodes: ['n1'], failOn: 'error', ignored: [], dns: false }
const judge = (some) => {
  const begun = performance.now()
  checkServices(observation, some, options)
  return performance.now() - begun
}
// The first pass takes every chain apart that it walks.
judge(services)
const half = median([1, 2, 3].map(() => judge(services.slice(0, services.length / 2))))
const whole = median([1, 2, 3].map(() => judge(services)))
const program = `process.argv.splice(1, 0, 'svcpath'); process.on('exit', () => console.error(process.resourceUsage().maxRSS)); await import(${JSON.stringify(`${root}dist/svcpath.mjs`)})`
const began = performance.now()
const words = ['--input-type=module', '-e', program, '--', 'check', '-A', '--node', 'n1', '-f', capture]
const { stderr } = spawnSync(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 1e9 })
const took = performance.now() - began
head(`check -A of ${services.length} services`, 'median', '')
row('one process, start to end', took, { aim: AIMS.checkMs })
row('the same, of one service', took, { beside: traced })
row('all judged, of half of them', whole, { beside: half })
row('a service', whole / services.length, {})
row('peak memory', Number(String(stderr).trim().split('\n').at(-1)) / 1024, { unit: 'MB', aim: AIMS.megabytes })
