// The npm package: the bundle and what starts it. Neither dependencies nor a Node come with it.
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundle } from '../bundle.mjs'

/** What of the project's own package.json says something to who installs it. */
const KEPT = ['name', 'version', 'description', 'keywords', 'homepage', 'repository', 'license', 'type', 'engines']

/** Lays the package out in a folder, for `npm publish FOLDER`. */
export async function layNpmPackage(root, folder, manifest, licences) {
  const copy = (from, to = from) => {
    mkdirSync(dirname(join(folder, to)), { recursive: true })
    cpSync(join(root, from), join(folder, to), { recursive: true })
  }
  for (const path of ['LICENSE', 'README.md', 'schema']) copy(path)
  copy('packaging/npm-bin.cjs', 'bin/kubectl-svcpath.cjs')
  copy('packaging/kubectl_complete-svcpath', 'bin/kubectl_complete-svcpath')
  for (const path of ['kubectl-svcpath.cjs', 'kubectl_complete-svcpath']) chmodSync(join(folder, 'bin', path), 0o755)
  await bundle({ format: 'esm', outfile: join(folder, 'dist/svcpath.mjs') })
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licences)
  const bin = {
    'kubectl-svcpath': 'bin/kubectl-svcpath.cjs',
    'kubectl_complete-svcpath': 'bin/kubectl_complete-svcpath',
  }
  const own = Object.fromEntries(KEPT.flatMap((key) => (manifest[key] ? [[key, manifest[key]]] : [])))
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ ...own, bin }, null, 2)}\n`)
}
