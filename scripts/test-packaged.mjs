// `npm run test:packaged`: the tests that start the program, and the e2e suite in the lab, with the executable that is shipped instead of the checkout.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { archiveOf, binOf, ownPlatform } from './package/platforms.mjs'

const cwd = fileURLToPath(new URL('../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'svcpath-packaged-'))
try {
  const own = ownPlatform()
  const env = { ...process.env, SVCPATH_PACKAGE_OUT: join(folder, 'out') }
  const words = ['scripts/package.mjs', `${own.os}/${own.arch}`]
  execFileSync(process.execPath, words, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('tar', ['xzf', join(folder, 'out', archiveOf(own)), '-C', folder])
  const chosen = process.argv.slice(2)
  const tests = chosen.length > 0 ? chosen : ['test/e2e', 'test/cli', 'test/complete', 'test/live']
  const { status } = spawnSync('vitest', ['run', ...tests], {
    cwd,
    env: { ...process.env, SVCPATH_BIN: join(folder, binOf(own)) },
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true })
}
