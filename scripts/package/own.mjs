// The program as it is shipped for the machine at hand.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { archiveOf, binOf, ownPlatform } from './platforms.mjs'

/** Packages the program for this machine and unpacks it in a folder. Gives the executable's path. */
export function unpackOwn(folder) {
  const own = ownPlatform()
  const cwd = fileURLToPath(new URL('../../', import.meta.url))
  const env = { ...process.env, SVCPATH_PACKAGE_OUT: join(folder, 'out') }
  const words = ['scripts/package.mjs', `${own.os}/${own.arch}`]
  execFileSync(process.execPath, words, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('tar', ['xzf', join(folder, 'out', archiveOf(own)), '-C', folder])
  return join(folder, binOf(own))
}
