/** action.yml and the script that it runs. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { capturePath } from './fixtures.ts'

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'svcpath-action-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const run = (inputs: Record<string, string>) => {
  const env = { PATH: process.env.PATH, GITHUB_OUTPUT: join(scratch, 'output'), ...inputs }
  const { status, stdout, stderr } = spawnSync(at('scripts/action.sh'), { env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('table, annotations, JUnit, SARIF and the exit code of one run', () => {
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
  expect(readFileSync(junit, 'utf8')).toContain('<testcase classname="shop" name="web" time="0"/>')
  expect(JSON.parse(readFileSync(sarif, 'utf8')).runs[0].results).toHaveLength(1)
  expect(readFileSync(join(scratch, 'output'), 'utf8')).toBe('exit-code=3\n')
})

test('an input is words, never a script', () => {
  const file = join(scratch, 'made')
  const { status, stderr } = run({
    SVCPATH_SERVICES: `$(touch ${file}) ;touch`,
    SVCPATH_ARGS: `-f ${capturePath('k8s-1.36-iptables-nft-bridge')}`,
  })
  expect(status).not.toBe(0)
  expect(stderr).toContain('can be no service')
  expect(execFileSync('ls', [scratch], { encoding: 'utf8' })).not.toContain('made')
})

test('a service brings no flag: it may come from a pull request', () => {
  const made = join(scratch, 'report')
  const { status, stderr } = run({
    SVCPATH_SERVICES: `web --report=json=${made}`,
    SVCPATH_NAMESPACE: 'shop',
    SVCPATH_ARGS: `-f ${capturePath('k8s-1.36-iptables-nft-bridge')}`,
  })
  expect([status, stderr]).toEqual([2, expect.stringMatching(/"--report=json=.*" can be no service/)])
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
})
