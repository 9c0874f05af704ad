// `npm run bench:live`: one service traced on three nodes of the lab, few services and 5,000, by every way; beside it a shell script that asks all nodes at
// once (scripts/bench/by-hand.mjs), in turn in one run. ROUNDS=7, ONLY=few or many, CHECK=3: rounds of the checks of all services, SVCPATH_BIN: the program.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BY_HAND } from './bench/by-hand.mjs'
import { head, median, row } from './bench/rows.mjs'
import { unpackOwn } from './package/own.mjs'

const rounds = Number(process.env.ROUNDS ?? 7)
const checkRounds = Number(process.env.CHECK ?? 3)
const folder = mkdtempSync(join(tmpdir(), 'svcpath-bench-live-'))
const WAYS = ['exec', 'debug', 'ssh']
const CLUSTERS = {
  few: { capture: 'k8s-1.36-iptables-nft-bridge', service: 'web', namespace: 'shop', aims: { exec: 0.7, debug: 0.5 } },
  many: {
    ...{ capture: 'k8s-1.36-iptables-nft-5000-services', service: 'svc-00007', namespace: 'big' },
    aims: { exec: 0.5, debug: 0.5 },
  },
}
/** `check -A` of all 5,018 services, whatever the way. */
const CHECK = { seconds: 8, megabytes: 400 }

try {
  const program = process.env.SVCPATH_BIN ?? unpackOwn(folder)
  // kubectl keeps what it discovered, and the program what it compiled, as they would in somebody's home.
  const env = { ...process.env, HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') }
  const { LabCluster } = await import('../test/lab/cluster/cluster.ts')
  for (const [name, cluster] of Object.entries(CLUSTERS)) {
    if (process.env.ONLY && process.env.ONLY !== name) continue
    const lab = await LabCluster.start({ capture: cluster.capture })
    try {
      await measure(lab, { name, ...cluster, program, env: { ...env, KUBECONFIG: join(lab.folder, 'kubeconfig') } })
    } finally {
      lab.stop()
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}

async function measure(lab, { name, service, namespace, aims, program, env }) {
  const nodes = ['n1', 'n2', 'n3'].map((node) => ({ name: node, address: `172.30.0.1${node.slice(1)}` }))
  const own = (way, words) => {
    const flags = ['--via', way, '-v', ...(way === 'ssh' ? ['--ssh-config', lab.ssh.config] : [])]
    return run(lab, [program, ...words, ...flags], env)
  }
  const contenders = WAYS.flatMap((way) => [
    { way, who: 'own', go: () => own(way, [service, '-n', namespace]) },
    {
      way,
      who: 'hand',
      go: () => byHand(lab, BY_HAND[way]({ namespace, service, nodes, sshConfig: lab.ssh.config }), env),
    },
  ])
  for (const { go } of contenders) await go()
  // One after the other in every round, so that what else the machine does falls on all alike.
  const runs = new Map(contenders.map((one) => [one, []]))
  for (let round = 0; round < rounds; round++) for (const one of contenders) runs.get(one).push(await one.go())
  const of = (way, who) => runs.get(contenders.find((one) => one.way === way && one.who === who))
  const seconds = (all) => median(all.map((one) => one.seconds))

  head(`a trace, ${name} services, three nodes`, 'svcpath', 'by hand')
  for (const way of WAYS)
    row(`by ${way}`, seconds(of(way, 'own')), { unit: 's', beside: seconds(of(way, 'hand')), aim: aims[way] ?? null })
  for (const way of WAYS) printTimeline(way, of(way, 'own'))

  if (name !== 'many' || checkRounds === 0) return
  head('check -A, 5,018 services, three nodes', 'svcpath', '')
  for (const way of ['exec', 'debug']) {
    const checks = []
    for (let round = 0; round < checkRounds; round++) checks.push(await own(way, ['check', '-A']))
    row(`by ${way}`, seconds(checks), { unit: 's', aim: CHECK.seconds })
    row(`by ${way}: CPU`, median(checks.map(({ cpu }) => cpu)), { unit: 's' })
    row(`by ${way}: peak memory`, median(checks.map(({ megabytes }) => megabytes)), {
      unit: 'MB',
      aim: CHECK.megabytes,
    })
    printTimeline(way, checks)
  }
}

/** The phases that -v told of, each by its median. */
function printTimeline(way, runs) {
  const told = runs.map(({ errors }) => timelineOf(errors))
  const phases = [...told[0].keys()].map((what) => `${what} ${median(told.map((one) => one.get(what) ?? 0))}`)
  console.log(`  ${way}, ms: ${phases.join(', ')}`)
}

/** What was done again, a second look, counts as a phase of its own. */
function timelineOf(errors) {
  const phases = new Map()
  for (const [, what, ms] of errors.matchAll(/^(.+): (\d+) ms$/gm)) {
    let name = what
    for (let time = 2; phases.has(name); time++) name = `${what} (${time})`
    phases.set(name, Number(ms))
  }
  return phases
}

async function byHand(lab, script, env) {
  const out = mkdtempSync(join(folder, 'out-'))
  const result = await run(lab, ['sh', '-ec', script], { ...env, out })
  const bytes = readdirSync(out).reduce((sum, file) => sum + statSync(join(out, file)).size, 0)
  // A yardstick that did not do its work would be a short one.
  if (result.code !== 0 || bytes < 100_000)
    throw new Error(`by hand: exit code ${result.code}, ${bytes} bytes: ${result.errors}`)
  rmSync(out, { recursive: true })
  return { ...result, bytes }
}

/** Runs a program where the operator is. */
function run(lab, words, env) {
  const began = performance.now()
  const child = spawn('nsenter', ['--net', '--target', String(lab.machine('op').pid), '--', ...words], {
    ...{ env, stdio: ['ignore', 'ignore', 'pipe'] },
  })
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  let used = { megabytes: 0, cpu: 0 }
  const look = setInterval(() => {
    used = usedBy(child.pid) ?? used
  }, 20)
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      clearInterval(look)
      // 3 and 4: something is wrong, or not known.
      if (![0, 3, 4].includes(code)) reject(new Error(`${words.join(' ')}: exit code ${code}: ${errors}`))
      resolve({ code, errors, seconds: (performance.now() - began) / 1000, ...used })
    })
  })
}

/** The most memory that a process has had, and its CPU time so far; null where it has ended. */
function usedBy(pid) {
  try {
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13)
    return peak ? { megabytes: Number(peak) / 1024, cpu: (Number(user) + Number(system)) / 100 } : null
  } catch {
    return null
  }
}
