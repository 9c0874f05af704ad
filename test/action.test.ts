/** action.yml and the script that it runs. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { capturePath } from './fixtures.ts'

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'svcpath-action-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const run = (inputs: Record<string, string>) => {
  const env = {
    PATH: process.env.PATH,
    GITHUB_OUTPUT: join(scratch, 'output'),
    GITHUB_STEP_SUMMARY: join(scratch, 'summary'),
    ...inputs,
  }
  const { status, stdout, stderr } = spawnSync(at('scripts/action.sh'), { env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('table, annotations, summary, JUnit, SARIF and the exit code of one run', () => {
  const [junit, sarif] = [join(scratch, 'a b.xml'), join(scratch, 'a.sarif')]
  const { status, stdout } = run({
    SVCPATH_SERVICES: 'web\nempty',
    SVCPATH_NAMESPACE: 'shop',
    SVCPATH_IGNORE: 'SVP205',
    SVCPATH_JUNIT: junit,
    SVCPATH_SARIF: sarif,
    SVCPATH_ARGS: `-f ${capturePath('k8s-1.36-iptables-nft-bridge')}`,
  })
  expect(status).toBe(3)
  expect(stdout).toMatch(/^2 services: 1 passed, 1 failed$/m)
  expect(stdout).toMatch(/^::error title=SVP101 selector-matches-nothing shop\/empty::/m)
  expect(readFileSync(junit, 'utf8')).toMatch(/<testcase classname="shop" name="web" time="[\d.]+"\/>/)
  expect(JSON.parse(readFileSync(sarif, 'utf8')).runs[0].results).toHaveLength(1)
  expect(readFileSync(join(scratch, 'output'), 'utf8')).toBe('exit-code=3\n')
  expect(readFileSync(join(scratch, 'summary'), 'utf8')).toMatch(/^## ❌ FAILED: 2 services: 1 passed, 1 failed\n/)
})

test('an input is words, never a script', () => {
  const file = join(scratch, 'made')
  const { status, stderr } = run({
    SVCPATH_SERVICES: `$(touch ${file}) ;touch`,
    SVCPATH_ARGS: `-f ${capturePath('k8s-1.36-iptables-nft-bridge')}`,
  })
  expect(status).not.toBe(0)
  expect(stderr).toContain('is not a valid Service reference')
  expect(execFileSync('ls', [scratch], { encoding: 'utf8' })).not.toContain('made')
})

test('a service brings no flag: it may come from a pull request', () => {
  const made = join(scratch, 'report')
  const { status, stderr } = run({
    SVCPATH_SERVICES: `web --report=json=${made}`,
    SVCPATH_NAMESPACE: 'shop',
    SVCPATH_ARGS: `-f ${capturePath('k8s-1.36-iptables-nft-bridge')}`,
  })
  expect([status, stderr]).toEqual([2, expect.stringMatching(/"--report=json=.*" is not a valid Service reference/)])
  expect(execFileSync('ls', [scratch], { encoding: 'utf8' })).not.toContain('report')
})

test('without services all of the namespace are checked', () => {
  const { stdout } = run({
    SVCPATH_NAMESPACE: 'default',
    SVCPATH_ARGS: `-f ${capturePath('k8s-1.36-iptables-nft-bridge')}`,
  })
  expect(stdout).toMatch(/^1 service: 1 passed$/m)
})

test('every input of action.yml reaches the script, and none is written into it', () => {
  const { inputs, runs } = parse(readFileSync(at('action.yml'), 'utf8'))
  const [, check] = runs.steps
  const script = readFileSync(at('scripts/action.sh'), 'utf8')
  for (const name of Object.keys(inputs)) {
    const variable = `SVCPATH_${name.toUpperCase().replaceAll('-', '_')}`
    expect(check.env[variable]).toBe(`\${{ inputs.${name} }}`)
    expect(script).toContain(`{${variable}:-`)
  }
  for (const { run: words } of runs.steps) expect(words).not.toContain('${{')
  expect(check.env.SVCPATH_BIN).toBe(`\${{ steps.install.outputs.bin }}`)
})

describe('the action installs the packaged program of its own version', () => {
  const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'))

  /** Runs the script beside a `curl` that takes the release's files from a folder and writes down what it was asked for. */
  function install(name: string, spoil: (release: string) => void = () => {}) {
    const home = join(scratch, name)
    const [release, bin] = [join(home, 'release'), join(home, 'bin')]
    for (const folder of [release, bin, join(home, 'temp'), join(home, 'program')])
      mkdirSync(folder, { recursive: true })
    writeFileSync(join(home, 'program/kubectl-svcpath'), '#!/bin/sh\necho the packaged one\n', { mode: 0o755 })
    const uname = '#!/bin/sh\nif [ "$1" = -m ]; then echo x86_64; else echo Linux; fi\n'
    const curl = `#!/bin/sh
for last; do :; done
while [ $# -gt 1 ]; do if [ "$1" = --output ]; then out=$2; fi; shift; done
echo "$last" >>'${home}/asked'
cp '${release}'/"\${last##*/}" "$out"
`
    for (const [file, text] of Object.entries({ uname, curl })) writeFileSync(join(bin, file), text, { mode: 0o755 })
    const archive = join(release, 'kubectl-svcpath_linux_amd64.tar.gz')
    execFileSync('tar', ['-czf', archive, '-C', join(home, 'program'), 'kubectl-svcpath'])
    const sum = createHash('sha256').update(readFileSync(archive)).digest('hex')
    writeFileSync(
      join(release, 'SHA256SUMS'),
      `${'0'.repeat(64)}  kubectl-svcpath_linux_arm64.tar.gz\n${sum}  kubectl-svcpath_linux_amd64.tar.gz\n`,
    )
    spoil(release)
    const output = join(home, 'output')
    const env = { PATH: `${bin}:${process.env.PATH}`, RUNNER_TEMP: join(home, 'temp'), GITHUB_OUTPUT: output }
    const { status, stdout } = spawnSync(at('scripts/action-install.sh'), { env, encoding: 'utf8' })
    return { status, stdout, output, asked: () => readFileSync(join(home, 'asked'), 'utf8').trim().split('\n') }
  }

  test('by its version, checked, and it can be started', () => {
    const { status, output, asked } = install('whole')
    expect(status).toBe(0)
    const program = readFileSync(output, 'utf8').trim().replace(/^bin=/, '')
    expect(execFileSync(program, { encoding: 'utf8' })).toBe('the packaged one\n')
    for (const address of asked())
      expect(address).toMatch(new RegExp(`^https://github\\.com/kubectl-svcpath/.*/download/v${version}/[^/]+$`))
  })

  test('an archive with another checksum is not unpacked', () => {
    const { status, stdout, output } = install('changed', (release) =>
      writeFileSync(join(release, 'kubectl-svcpath_linux_amd64.tar.gz'), 'x'),
    )
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^::error .* is not the one that SHA256SUMS/)])
    expect(() => readFileSync(output)).toThrow()
  })

  test('nor one that SHA256SUMS does not name, and a version without a release is told', () => {
    const unnamed = install('unnamed', (release) => writeFileSync(join(release, 'SHA256SUMS'), ''))
    expect([unnamed.status, unnamed.stdout]).toEqual([1, expect.stringContaining('does not name')])
    const missing = install('missing', (release) => rmSync(join(release, 'SHA256SUMS')))
    expect([missing.status, missing.stdout]).toEqual([1, expect.stringContaining('name a released version')])
  })
})

describe('workflows', () => {
  const folder = at('.github/workflows')
  const all = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const)

  test.each(all)('%s pins each action by commit and says which version that is', (_, text) => {
    const uses = text.split('\n').filter((line) => /^\s*(- )?uses:/.test(line))
    for (const line of uses) expect(line).toMatch(/uses: [\w.-]+\/[\w./-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/)
  })

  test.each(all)('%s: a job that may write runs no action but GitHub’s own', (_, text) => {
    const { permissions, jobs } = parse(text)
    for (const job of Object.values<{ permissions?: object; steps: { uses?: string }[] }>(jobs)) {
      if (!Object.values(job.permissions ?? permissions).includes('write')) continue
      for (const { uses } of job.steps) expect(uses ?? 'actions/').toMatch(/^actions\//)
    }
  })

  test('the checksums are attested', () => {
    const { jobs } = parse(readFileSync(join(folder, 'release.yml'), 'utf8'))
    const attest = jobs.publish.steps.find((step: { uses?: string }) => step.uses?.startsWith('actions/attest-'))
    expect(attest.with['subject-path'].split('\n')).toContain('out/SHA256SUMS')
  })
})
