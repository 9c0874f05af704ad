// How the program is bundled: one file starts several times faster than hundreds.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))

/** oclif is CommonJS and calls require; in an ES module it has to be made. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; import { fileURLToPath as __toPath } from 'node:url'; import { dirname as __dirnameOf } from 'node:path'; const require = __createRequire(import.meta.url); const __filename = __toPath(import.meta.url); const __dirname = __dirnameOf(__filename);"

/** Bundles src/cli.ts as `esm` or `cjs`. Resolves to esbuild's result. */
export const bundle = ({ format, outfile, metafile = false }) =>
  build({
    absWorkingDir: root,
    entryPoints: ['src/cli.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format,
    target: 'node22.19',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile,
    // ssh2 does without its native parts, which no bundle can hold.
    external: ['cpu-features', '*.node'],
    ...(format === 'esm' ? { banner: { js: REQUIRE } } : {}),
  })
