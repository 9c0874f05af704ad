// `npm run package:verify`: what krew asks of a manifest and its archives, and whether the program starts where there is no Node.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { faultsOf } from './package/krew.mjs'
import { completerOf, ownPlatform } from './package/platforms.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))
const out = process.env.SVCPATH_PACKAGE_OUT ?? join(root, 'out')
const manifest = parse(readFileSync(join(out, 'plugin.yaml'), 'utf8'))
const faults = faultsOf(manifest)
const own = ownPlatform()

for (const platform of manifest.spec.platforms) {
  const { os, arch } = platform.selector?.matchLabels ?? {}
  const name = platform.uri.split('/').at(-1)
  const fault = (words) => faults.push(`${name}: ${words}`)
  const archive = join(out, name)
  if (!existsSync(archive)) {
    fault('is not there')
    continue
  }
  const sum = createHash('sha256').update(readFileSync(archive)).digest('hex')
  if (sum !== platform.sha256) fault('has another sha256 than the manifest says')
  const folder = mkdtempSync(join(tmpdir(), 'svcpath-package-'))
  try {
    execFileSync('tar', ['xzf', archive, '-C', folder])
    const odd = readdirSync(folder, { withFileTypes: true }).filter((one) => !one.isFile())
    for (const { name: file } of odd) fault(`${file} is no file: krew takes none but files and folders`)
    const completer = completerOf({ os })
    for (const file of ['LICENSE', 'THIRD-PARTY-LICENSES.txt', completer, platform.bin])
      if (!existsSync(join(folder, file))) fault(`holds no ${file}`)
    for (const file of [platform.bin, completer])
      if (existsSync(join(folder, file)) && (statSync(join(folder, file)).mode & 0o111) === 0)
        fault(`${file} is not executable`)
    const kind = magic(join(folder, os === 'darwin' ? 'node' : platform.bin))
    if (kind !== `${os}/${arch}`) fault(`is for ${kind}, not ${os}/${arch}`)
    if (own && own.os === os && own.arch === arch) start(join(folder, platform.bin), fault)
    console.log(`${name}: ${readdirSync(folder).join(', ')}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
for (const fault of faults) console.error(`fault: ${fault}`)
console.log(faults.length === 0 ? 'all is well' : `${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1

/** Starts it with an empty environment: no PATH, no Node, no home. */
function start(program, fault) {
  const run = (...words) => spawnSync(program, words, { env: {}, encoding: 'utf8' })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  if (run('--version').stdout !== `kubectl-svcpath ${version}\n`) fault('does not say its version')
  const capture = join(root, 'test/fixtures/k8s-1.36-iptables-nft-bridge.tgz')
  const traced = run('web', '-n', 'shop', '-f', capture)
  if (traced.status !== 0 || !traced.stdout.startsWith('REACHABLE')) fault(`does not trace: ${traced.stderr}`)
  if (run('--nope').status !== 2) fault('does not refuse a wrong flag')
}

/** What a binary is for, by its first bytes: ELF, Mach-O (64 bit) and PE with their machine types. */
function magic(file) {
  const bytes = readFileSync(file)
  if (bytes.readUInt32BE(0) === 0x7f454c46) return `linux/${{ 62: 'amd64', 183: 'arm64' }[bytes.readUInt16LE(18)]}`
  if (bytes.readUInt32LE(0) === 0xfeedfacf)
    return `darwin/${{ 16777223: 'amd64', 16777228: 'arm64' }[bytes.readUInt32LE(4)]}`
  if (bytes.readUInt16BE(0) === 0x4d5a)
    return `windows/${{ 34404: 'amd64', 43620: 'arm64' }[bytes.readUInt16LE(bytes.readUInt32LE(60) + 4)]}`
  return 'nothing that is known'
}
