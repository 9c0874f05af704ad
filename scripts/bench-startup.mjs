// How soon the built executable answers, beside `kubectl version --client` in the same run. Figures are ratios of medians: the machine is the same for both.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { head, median, row } from './bench/rows.mjs'
import { unpackOwn } from './package/own.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))
const rounds = Number(process.env.ROUNDS ?? 21)
const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0 ? 'kubectl' : null
if (!kubectl) throw new Error('kubectl is not on PATH: on Debian it is in the package kubernetes-client')

const folder = mkdtempSync(join(tmpdir(), 'svcpath-startup-'))
try {
  const program = unpackOwn(folder)
  // What a run leaves for the next ones lies here, as it would in somebody's home.
  process.env.XDG_CACHE_HOME = join(folder, 'cache')
  const many = join(root, 'test/fixtures/k8s-1.36-iptables-nft-5000-services.tgz')
  const capture = join(root, 'test/fixtures/k8s-1.36-iptables-nft-bridge.tgz')
  const rows = [
    ['kubectl version --client', kubectl, ['version', '--client']],
    ['node -e 0', process.execPath, ['-e', '0']],
    ['svcpath --version', program, ['--version']],
    ['svcpath --help', program, ['--help'], { ratio: 1.2 }],
    ['svcpath --nope (usage error)', program, ['--nope'], { ratio: 1.2 }],
    ['svcpath web -f CAPTURE', program, ['web', '-n', 'shop', '-f', capture], { ratio: 2.5 }],
    ['svcpath big/svc-02936 -f MANY', program, ['big/svc-02936', '-f', many], { ms: 400 }],
    ['svcpath check -A -f CAPTURE', program, ['check', '-A', '-f', capture]],
    ['a trace from the checkout', join(root, 'bin/kubectl-svcpath'), ['web', '-n', 'shop', '-f', capture]],
  ]
  for (const [, file, words] of rows) timed(file, words)
  const times = rows.map(() => [])
  // One after the other in every round, so that what else the machine does falls on all alike.
  for (let round = 0; round < rounds; round++)
    for (const [i, [, file, words]] of rows.entries()) times[i].push(timed(file, words))
  const medians = times.map(median)
  head('', 'median', 'kubectl')
  for (const [i, [name, , , { ratio = null, ms = null } = {}]] of rows.entries())
    row(name, medians[i], ms === null ? { beside: medians[0], aim: ratio } : { aim: ms })
} finally {
  rmSync(folder, { recursive: true })
}

function timed(file, words) {
  const began = performance.now()
  spawnSync(file, words, { stdio: 'ignore' })
  return performance.now() - began
}
