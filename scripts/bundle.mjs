// How the program is bundled: one file starts several times faster than hundreds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { leanClient } from './lean-client.mjs'

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
  plugins: [leanClient],
}

/**
 * Packages that no trace of a recording needs, with what is used of each: they load what no snapshot can hold (Node's http), and are more text than all
 * else.
 */
const APART = {
  '@kubernetes/client-node': 'export { KubeConfig } from',
  '@modelcontextprotocol/sdk/server/mcp.js': 'export { McpServer } from',
  '@modelcontextprotocol/sdk/server/stdio.js': 'export { StdioServerTransport } from',
  'dns-packet': 'export * from',
  'ssh-config': 'export { default } from',
  ssh2: 'export * from',
  ws: 'export { WebSocket } from',
  zod: 'export { z } from',
}

/** Bundles src/cli.ts as `esm` or `cjs`, its help pages made; or another `entry`, which leaves out what is APART. Resolves to esbuild's result. */
export const bundle = async ({ format, outfile, metafile = false, entry = null }) =>
  build({
    ...common,
    entryPoints: [entry ?? 'src/cli.ts'],
    ...(entry ? { external: [...common.external, ...Object.keys(APART)], plugins: [] } : {}),
    outfile,
    format,
    minifySyntax: true,
    minifyWhitespace: true,
    metafile,
    define: { ...common.define, HELP_PAGES: JSON.stringify(await helpPages()) },
    ...(format === 'esm' ? { banner: { js: REQUIRE } } : {}),
  })

/** Bundles what is APART: an object with each of its packages, loaded when it is asked for. */
export const bundleApart = ({ outfile }) =>
  build({
    ...common,
    stdin: { contents: Object.keys(APART).map(getterOf).join('\n'), resolveDir: root },
    outfile,
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [{ name: 'apart', setup: answerApart }, ...common.plugins],
  })

/** A CommonJS package that is one function is what a module imports as its default. */
const getterOf = (name) =>
  `Object.defineProperty(exports, '${name}', { get: () => require('apart:${name}')${APART[name].includes('default') ? '.default' : ''} })`

function answerApart({ onResolve, onLoad }) {
  onResolve({ filter: /^apart:/ }, ({ path }) => ({ path: path.slice('apart:'.length), namespace: 'apart' }))
  onLoad({ filter: /.*/, namespace: 'apart' }, ({ path }) => ({
    contents: `${APART[path]} '${path}'`,
    resolveDir: root,
  }))
}

/** One of packaging/'s scripts with what it requires. */
export const bundleStart = ({ name, outfile }) =>
  build({ ...common, entryPoints: [`packaging/${name}`], outfile, format: 'cjs' })

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
