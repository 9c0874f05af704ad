// The Node of a platform, out of the npm package that the lock file names; nothing else is believed.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Fetches the package once into the cache, checks it against the lock file's integrity, and gives the folder of its content. Throws where the
 * checksum is another.
 */
export function nodePackage(root, cache, name) {
  const entry = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages[`node_modules/${name}`]
  if (!entry?.integrity) throw new Error(`${name} is not in package-lock.json`)
  // What npm ci installed here it has checked itself.
  const installed = join(root, 'node_modules', name)
  if (existsSync(installed)) return installed
  const folder = join(cache, `${name}-${entry.version}`)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const words = ['pack', `${name}@${entry.version}`, '--silent', '--pack-destination', cache]
  execFileSync('npm', words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  const archive = join(cache, `${name}-${entry.version}.tgz`)
  const [algorithm] = entry.integrity.split('-')
  const found = `${algorithm}-${createHash(algorithm).update(readFileSync(archive)).digest('base64')}`
  if (found !== entry.integrity) throw new Error(`${archive} is not what package-lock.json says`)
  const fresh = `${folder}.new`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh)
  execFileSync('tar', ['xzf', archive, '-C', fresh, '--strip-components=1'])
  // Whole or not at all: a run that is stopped leaves no half of it.
  renameSync(fresh, folder)
  return folder
}
