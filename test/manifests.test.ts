import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import Check from '../commands/check.ts'
import Trace from '../commands/trace.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const read = (path: string) => readFileSync(root + path, 'utf8')

describe('plugin.yaml is a krew manifest', () => {
  const manifest = parse(read('plugin.yaml'))
  const { platforms, version, shortDescription, homepage } = manifest.spec

  // What krew's own validation asks: internal/index/validation/validate.go.
  test('kind, name, version and description', () => {
    expect(manifest).toMatchObject({ apiVersion: 'krew.googlecontainertools.github.com/v1alpha2', kind: 'Plugin' })
    expect(manifest.metadata.name).toMatch(/^[\w-]+$/)
    expect(version).toBe(`v${JSON.parse(read('package.json')).version}`)
    expect(shortDescription).not.toMatch(/[\r\n]/)
    expect(shortDescription.length).toBeLessThan(51)
    expect(homepage).toMatch(/^https:/)
  })

  test('each platform once, with address, checksum and binary', () => {
    const seen = platforms.map(
      ({ selector }: { selector: { matchLabels: { os: string; arch: string } } }) => selector.matchLabels,
    )
    expect(seen.map(({ os, arch }: { os: string; arch: string }) => `${os}/${arch}`)).toEqual([
      'linux/amd64',
      'linux/arm64',
      'darwin/amd64',
      'darwin/arm64',
      'windows/amd64',
    ])
    for (const platform of platforms) {
      expect(platform.uri).toMatch(/^https:.*\.(tar\.gz|zip)$/)
      expect(platform.sha256).toMatch(/^[\da-f]{64}$/)
      expect(platform.bin).toBe(
        platform.selector.matchLabels.os === 'windows' ? 'kubectl-svcpath.exe' : 'kubectl-svcpath',
      )
    }
  })
})

test('the README and docs/live.md name every flag of the command line', () => {
  const readme = `${read('README.md')}${read('docs/live.md')}`
  const flags = [...new Set([...Object.keys(Trace.flags), ...Object.keys(Check.flags)])].filter(
    (name) => name !== 'help',
  )
  const named = flags.filter(
    (name) => readme.includes(`--${name}`) || new RegExp(`[\`\\s]-${name[0]}[ \`]`).test(readme),
  )
  expect(named).toEqual(flags)
})

test('no file names a package registry’s host', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)
  const text = files.filter(
    (path) =>
      /(package(-lock)?\.json|\.npmrc|\.ya?ml|\.mjs|run|\.md)$/.test(path) && !path.startsWith('test/fixtures/'),
  )
  expect(text.filter((path) => /registry\.(npmjs|yarnpkg)\.|"resolved":/.test(read(path)))).toEqual([])
})
