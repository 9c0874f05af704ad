// The licences of all that is in the bundle, by the files that esbuild says it read.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Every package of the bundle with its version, licence and the text of it; sorted by name. Throws for one without a licence. */
export function bundledPackages(root, metafile) {
  const folders = new Set(
    Object.keys(metafile.inputs).flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  )
  const packages = [...folders].map((folder) => {
    const {
      name,
      version,
      license: own,
      licenses,
    } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    // Packages from before 2015 have a list of them.
    const license = own ?? licenses?.map(({ type }) => type).join(' OR ')
    if (typeof license !== 'string' || license === '') throw new Error(`${name} names no licence`)
    return { name, version, license, text: licenceText(join(root, folder)) }
  })
  const order = (a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1)
  return packages.sort(order).filter((one, i, all) => i === 0 || order(all[i - 1], one) < 0)
}

function licenceText(folder) {
  const file = readdirSync(folder)
    .sort()
    .find((name) => /^(licen[cs]e|copying)/i.test(name))
  return file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trim() : null
}

/** THIRD-PARTY-LICENSES.txt: each package, and Node.js with all that it holds where it comes along. */
export function licencesText(packages, node = null) {
  const parts = packages.map(
    ({ name, version, license, text }) =>
      `${name} ${version} (${license})\n\n${text ?? 'Its package holds no licence text.'}`,
  )
  const nodes = node ? [`Node.js ${node.version}\n\n${node.licence.trim()}`] : []
  return [...parts, ...nodes].join(`\n\n${'-'.repeat(80)}\n\n`).concat('\n')
}

/** CycloneDX 1.5: what is in the bundle, and the Node that runs it. Holds no time and no serial number, so that it is the same each time. */
export function sbom(version, packages, nodeVersion) {
  const component = ({ name, version: own, license }) => ({
    type: 'library',
    name,
    version: own,
    purl: `pkg:npm/${name.replace('@', '%40')}@${own}`,
    licenses: [/^[\w.-]+$/.test(license) ? { license: { id: license } } : { expression: license }],
  })
  const node = { type: 'application', name: 'node', version: nodeVersion, purl: `pkg:generic/node@${nodeVersion}` }
  const metadata = { component: { type: 'application', name: 'kubectl-svcpath', version } }
  const components = [node, ...packages.map(component)]
  return `${JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, metadata, components }, null, 2)}\n`
}
