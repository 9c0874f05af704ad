// The Node of a platform, out of the npm package that the lock file names; nothing else is believed.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Fetches the package into the cache where it is not there, checks it against the lock file's integrity, and gives the folder of its content. Throws where the
 * checksum is another.
 */
export function nodePackage(root, cache, name) {
  const entry = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages[`node_modules/${name}`]
  if (!entry?.integrity) throw new Error(`${name} is not in package-lock.json`)
  // What npm ci installed here it has checked itself.
  const installed = join(root, 'node_modules', name)
  if (existsSync(installed)) return installed
  mkdirSync(cache, { recursive: true })
  const archive = join(cache, `${name}-${entry.version}.tgz`)
  const isWhole = () => existsSync(archive) && integrityOf(archive, entry.integrity) === entry.integrity
  if (!isWhole()) {
    const words = ['pack', `${name}@${entry.version}`, '--silent', '--pack-destination', cache]
    execFileSync('npm', words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    if (!isWhole()) throw new Error(`${archive} is not what package-lock.json says`)
  }
  // Afresh each time: what was unpacked once may have been changed since.
  const folder = join(cache, `${name}-${entry.version}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  execFileSync('tar', ['xzf', archive, '-C', folder, '--strip-components=1'])
  return folder
}

function integrityOf(file, integrity) {
  const [algorithm] = integrity.split('-')
  return `${algorithm}-${createHash(algorithm).update(readFileSync(file)).digest('base64')}`
}
