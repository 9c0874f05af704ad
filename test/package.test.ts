/** The archives, the manifest, and the npm package. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
// @ts-expect-error the packaging scripts are plain JavaScript
import { faultsOf, krewTemplate } from '../scripts/package/krew.mjs'
import { capturePath } from './fixtures.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const node = join(root, 'node_modules/.bin/node')

test('built twice, the same bytes; and it starts where there is no Node', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'svcpath-package-test-'))
  try {
    const own = `linux/${process.arch === 'x64' ? 'amd64' : 'arm64'}`
    const sums = ['a', 'b'].map((name) => {
      const env = {
        ...process.env,
        SVCPATH_PACKAGE_OUT: join(scratch, name),
        SVCPATH_PACKAGE_CACHE: join(scratch, 'cache'),
        // What the machine of whoever builds it is like must not show.
        ...(name === 'b' ? { TMPDIR: scratch, HOME: scratch, TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8' } : {}),
      }
      execFileSync(node, ['scripts/package.mjs', own], { cwd: root, env, stdio: 'pipe' })
      return readFileSync(join(scratch, name, 'SHA256SUMS'), 'utf8')
    })
    expect(sums[0]).toBe(sums[1])
    const [, sum, archive] = /^([\da-f]{64}) {2}(\S+\.tar\.gz)$/m.exec(sums[0]!)!
    const manifest = parse(readFileSync(join(scratch, 'a/plugin.yaml'), 'utf8'))
    const platform = manifest.spec.platforms.find(({ uri }: { uri: string }) => uri.endsWith(`/${archive}`))
    expect(platform.sha256).toBe(sum)
    execFileSync('tar', ['xzf', join(scratch, 'a', archive!), '-C', scratch])
    const program = readFileSync(join(scratch, 'kubectl-svcpath'))
    expect([root, scratch, `${tmpdir()}/svcpath-`].filter((folder) => program.includes(folder))).toEqual([])
    const run = (...words: string[]) =>
      spawnSync(join(scratch, 'kubectl-svcpath'), words, { env: {}, encoding: 'utf8' })
    expect(run('--version').stdout).toBe(`kubectl-svcpath ${JSON.parse(read('package.json')).version}\n`)
    expect(run('web', '-n', 'shop', '-f', capturePath('k8s-1.36-iptables-nft-bridge')).stdout).toMatch(/^REACHABLE/)
    // Options for other Nodes mean nothing to it.
    const odd = { NODE_OPTIONS: '--require=/nonexistent.js' }
    expect(spawnSync(join(scratch, 'kubectl-svcpath'), ['--version'], { env: odd }).status).toBe(0)
    expect(run('--nope')).toMatchObject({ status: 2, stderr: expect.stringContaining('unknown flag --nope') })
    const licences = readFileSync(join(scratch, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
    expect(licences).not.toMatch(/^typescript \d/m)
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
  // Rendered as the bot does (pkg/source/template.go of krew-release-bot): four spaces before sha256, unless `indent` says otherwise.
  const rendered = read('.krew.yaml')
    .replace(/\{\{addURIAndSha "([^"]+)" \.TagName \| indent (\d+) \}\}/g, (_, uri: string, spaces: string) =>
      `uri: ${uri}\n    sha256: ${'a'.repeat(64)}`
        .replace('    sha256', 'sha256')
        .replace('\n', `\n${' '.repeat(Number(spaces))}`),
    )
    .replaceAll('{{ .TagName }}', 'v1.2.3')
  const manifest = parse(rendered)
  expect(manifest.spec.version).toBe('v1.2.3')
  expect(manifest.spec.platforms).toHaveLength(5)
  for (const { uri, sha256, bin } of manifest.spec.platforms) {
    expect(uri).toMatch(/\/download\/v1\.2\.3\/kubectl-svcpath_\w+\.tar\.gz$/)
    expect([sha256, bin]).toEqual(['a'.repeat(64), expect.stringMatching(/^kubectl-svcpath/)])
  }
})

test('a manifest that krew refuses is told of, however it is spoilt', () => {
  const manifest = parse(read('plugin.yaml'))
  delete manifest.spec.platforms[0].selector
  expect(faultsOf(manifest)).toContain(`${manifest.spec.platforms[0].uri} has no selector by labels`)
})

test('the npm package holds the bundle alone, starts on Node 22.19 and newer, and says so on an older one', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'svcpath-npm-test-'))
  const env = {
    ...process.env,
    SVCPATH_PACKAGE_OUT: join(scratch, 'out'),
    SVCPATH_PACKAGE_CACHE: join(scratch, 'cache'),
  }
  const npm = (...words: string[]) =>
    execFileSync('npm', words, { cwd: scratch, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    // No platform: the npm package alone.
    execFileSync(node, ['scripts/package.mjs', 'none'], { cwd: root, env, stdio: 'pipe' })
    const [packed] = JSON.parse(npm('pack', join(scratch, 'out/npm'), '--json'))
    expect(packed.files.map(({ path }: { path: string }) => path).sort()).toEqual([
      'LICENSE',
      'README.md',
      'THIRD-PARTY-LICENSES.txt',
      'bin/kubectl-svcpath.cjs',
      'bin/kubectl_complete-svcpath',
      'dist/svcpath.mjs',
      'package.json',
      'schema/diffreport.schema.json',
      'schema/pathreport.schema.json',
      'schema/probereport.schema.json',
      'schema/routereport.schema.json',
      'schema/servicelist.schema.json',
      'schema/watchevent.schema.json',
    ])
    expect(packed.size).toBeLessThan(2_000_000)
    const prefix = join(scratch, 'prefix')
    npm('install', '--global', '--offline', '--prefix', prefix, join(scratch, packed.filename))
    const run = (path: string, ...words: string[]) =>
      spawnSync(join(prefix, 'bin/kubectl-svcpath'), words, { env: { PATH: path }, encoding: 'utf8' })
    const ours = dirname(node)
    expect(run(`${ours}:/usr/bin:/bin`, '--version').stdout).toBe(`kubectl-svcpath ${packed.version}\n`)
    expect(
      run(`${ours}:/usr/bin:/bin`, 'web', '-n', 'shop', '-f', capturePath('k8s-1.36-iptables-nft-bridge')).stdout,
    ).toMatch(/^REACHABLE/)
    const completer = spawnSync(join(prefix, 'bin/kubectl_complete-svcpath'), ['expl'], {
      env: { PATH: `${join(prefix, 'bin')}:${ours}:/usr/bin:/bin` },
      encoding: 'utf8',
    })
    expect(completer.stdout).toMatch(/^explain\t.*\n:4\n$/)
    // An old Node, as far as it tells its version.
    writeFileSync(join(scratch, 'old.cjs'), OLD_NODE)
    const old = spawnSync(node, ['-r', './old.cjs', join(prefix, 'bin/kubectl-svcpath'), '--version'], {
      cwd: scratch,
      encoding: 'utf8',
    })
    expect([old.status, old.stdout]).toEqual([1, ''])
    expect(old.stderr).toMatch(/^error: kubectl-svcpath needs Node 22\.19 or newer, and .* is v20\.19\.0\n/)
  } finally {
    rmSync(scratch, { recursive: true })
  }
})

const OLD_NODE = `Object.defineProperty(process, 'version', { value: 'v20.19.0' })
Object.defineProperty(process.versions, 'node', { value: '20.19.0' })`
