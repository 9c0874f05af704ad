// Bundles the program into dist/svcpath.mjs: one file starts several times faster than hundreds.
import { build } from 'esbuild'

await build({
  entryPoints: ['src/cli.ts'],
  outfile: 'dist/svcpath.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  // ssh2 does without its native parts, which no bundle can hold.
  external: ['cpu-features', '*.node'],
  // oclif is CommonJS and calls require; in an ES module it has to be made.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; import { fileURLToPath as __toPath } from 'node:url'; import { dirname as __dirnameOf } from 'node:path'; const require = __createRequire(import.meta.url); const __filename = __toPath(import.meta.url); const __dirname = __dirnameOf(__filename);",
  },
})
