// How the program is bundled: one file starts several times faster than hundreds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))

/** oclif is CommonJS and calls require; in an ES module it has to be made. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; import { fileURLToPath as __toPath } from 'node:url'; import { dirname as __dirnameOf } from 'node:path'; const require = __createRequire(import.meta.url); const __filename = __toPath(import.meta.url); const __dirname = __dirnameOf(__filename);"

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node22.19',
  legalComments: 'none',
  logLevel: 'warning',
  // ssh2 does without its native parts, which no bundle can hold; oclif asks for typescript where somebody develops with it.
  inject: [`${root}scripts/lazy-segmenter.mjs`],
  define: { 'Intl.Segmenter': 'LazySegmenter' },
  external: ['cpu-features', '*.node', 'typescript'],
}

/** Bundles src/cli.ts as `esm` or `cjs`, its help pages made. Resolves to esbuild's result. */
export const bundle = async ({ format, outfile, metafile = false }) =>
  build({
    ...common,
    entryPoints: ['src/cli.ts'],
    outfile,
    format,
    minifySyntax: true,
    minifyWhitespace: true,
    metafile,
    define: { ...common.define, HELP_PAGES: JSON.stringify(await helpPages()) },
    ...(format === 'esm' ? { banner: { js: REQUIRE } } : {}),
  })

/** The program's own words for its help, asked of itself. */
async function helpPages() {
  const folder = mkdtempSync(join(tmpdir(), 'svcpath-help-'))
  try {
    const outfile = join(folder, 'help.mjs')
    await build({ ...common, entryPoints: ['src/help.ts'], outfile, format: 'esm', banner: { js: REQUIRE } })
    const { makePages } = await import(pathToFileURL(outfile).href)
    return await makePages()
  } finally {
    rmSync(folder, { recursive: true })
  }
}
