// `npm run test:packaged`: the tests that start the program, and the e2e suite in the lab, with the executable that is shipped instead of the checkout.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unpackOwn } from './package/own.mjs'

const cwd = fileURLToPath(new URL('../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'svcpath-packaged-'))
try {
  const program = unpackOwn(folder)
  const chosen = process.argv.slice(2)
  const tests = chosen.length > 0 ? chosen : ['test/e2e', 'test/cli', 'test/complete', 'test/live']
  const { status } = spawnSync('vitest', ['run', ...tests], {
    cwd,
    env: { ...process.env, SVCPATH_BIN: program },
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true })
}
