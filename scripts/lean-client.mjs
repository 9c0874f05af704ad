// client-node as the bundle holds it. The program wants its KubeConfig alone and makes requests itself, so undici is loaded where something of it is used, and of the
// generated clients there is what config.js names: both take longer to load than all the rest.
import { dirname } from 'node:path'

const CONFIG = /@kubernetes\/client-node\/dist\/config\.js$/
/** What config.js uses of undici. */
const OF_UNDICI = ['Agent', 'ProxyAgent', 'fetch']

/** An esbuild plugin. What somebody imports of client-node beside KubeConfig is an error of the build. */
export const leanClient = {
  name: 'lean-client',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^@kubernetes\/client-node$/ }, async ({ resolveDir }) =>
      resolve('@kubernetes/client-node/dist/config.js', { resolveDir, kind: 'import-statement' }),
    )
    onResolve({ filter: /^\.\/gen\/index\.js$/ }, ({ importer, resolveDir }) =>
      CONFIG.test(importer) ? { path: resolveDir, namespace: 'lean-gen' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'lean-gen' }, ({ path }) => ({
      contents: `export { createConfiguration } from './gen/configuration.js'
export { ServerConfiguration } from './gen/servers.js'`,
      resolveDir: path,
    }))
    onResolve({ filter: /^undici$/, namespace: 'file' }, ({ importer }) =>
      importer.includes('@kubernetes/client-node') ? { path: importer, namespace: 'lazy-undici' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'lazy-undici' }, ({ path }) => ({
      contents: OF_UNDICI.map(getterOf).join('\n'),
      resolveDir: dirname(path),
    }))
  },
}

const getterOf = (name) =>
  `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => require('undici').${name} })`
