/** The archives, the manifest, and the npm package. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
// @ts-expect-error the packaging scripts are plain JavaScript
import { faultsOf, krewTemplate } from '../scripts/package/krew.mjs'
import { capturePath } from './fixtures.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const node = join(root, 'node_modules/.bin/node')

test('built twice, the same bytes; and it starts where there is no Node', { timeout: 180_000 }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'svcpath-package-test-'))
  try {
    const own = `linux/${process.arch === 'x64' ? 'amd64' : 'arm64'}`
    const sums = ['a', 'b'].map((name) => {
      const env = {
        ...process.env,
        SVCPATH_PACKAGE_OUT: join(scratch, name),
        SVCPATH_PACKAGE_CACHE: join(scratch, 'cache'),
      }
      execFileSync(node, ['scripts/package.mjs', own], { cwd: root, env, stdio: 'pipe' })
      return readFileSync(join(scratch, name, 'SHA256SUMS'), 'utf8')
    })
    expect(sums[0]).toBe(sums[1])
    const [, sum, archive] = /^([\da-f]{64}) {2}(\S+)$/m.exec(sums[0]!)!
    const manifest = parse(readFileSync(join(scratch, 'a/plugin.yaml'), 'utf8'))
    const platform = manifest.spec.platforms.find(({ uri }: { uri: string }) => uri.endsWith(`/${archive}`))
    expect(platform.sha256).toBe(sum)
    execFileSync('tar', ['xzf', join(scratch, 'a', archive!), '-C', scratch])
    const run = (...words: string[]) =>
      spawnSync(join(scratch, 'kubectl-svcpath'), words, { env: {}, encoding: 'utf8' })
    expect(run('--version').stdout).toBe(`kubectl-svcpath ${JSON.parse(read('package.json')).version}\n`)
    expect(run('web', '-n', 'shop', '-f', capturePath('k8s-1.36-iptables-nft-bridge')).stdout).toMatch(/^REACHABLE/)
    expect(run('--nope')).toMatchObject({ status: 2, stderr: expect.stringContaining('Nonexistent flag') })
    const licences = readFileSync(join(scratch, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
    for (const name of ['@kubernetes/client-node', '@oclif/core', 'ssh2', 'yaml', 'Node.js'])
      expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'))
    const { components } = JSON.parse(readFileSync(join(scratch, 'a/sbom.cdx.json'), 'utf8'))
    expect(components.map(({ name }: { name: string }) => name)).toContain('ssh2')
  } finally {
    rmSync(scratch, { recursive: true })
  }
})

test('krew’s rules: plugin.yaml keeps them but for the checksums that a release fills in', () => {
  const manifest = parse(read('plugin.yaml'))
  expect(faultsOf(manifest)).toEqual(manifest.spec.platforms.map(({ uri }: { uri: string }) => `${uri} has no sha256`))
  const spoilt = structuredClone(manifest)
  spoilt.spec.platforms[1].selector.matchLabels = { os: 'linux' }
  spoilt.spec.version = '1'
  expect(faultsOf(spoilt)).toEqual(
    expect.arrayContaining(['the version is not vX.Y.Z', 'several platforms fit linux/amd64']),
  )
})

test('.krew.yaml is plugin.yaml as krew-release-bot wants it', () => {
  expect(read('.krew.yaml')).toBe(krewTemplate(read('plugin.yaml')))
  expect(read('.krew.yaml').match(/addURIAndSha/g)).toHaveLength(5)
})

test('the npm package holds the program, and nothing of the tests', () => {
  const out = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [{ files, unpackedSize }] = JSON.parse(out)
  const paths = files.map(({ path }: { path: string }) => path)
  expect(
    paths.filter((path: string) => !/^(bin|dist|schema|packaging)\/|^(LICENSE|README\.md|package\.json)$/.test(path)),
  ).toEqual([])
  expect(paths).toEqual(expect.arrayContaining(['bin/kubectl-svcpath', 'dist/svcpath.mjs', 'LICENSE', 'package.json']))
  expect(unpackedSize).toBeLessThan(8_000_000)
})
