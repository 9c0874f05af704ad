// client-node as the bundle holds it. The program wants its KubeConfig alone and makes requests itself, so undici is loaded where something of it is used,
// and of the generated clients there is what config.js names: both take longer to load than all the rest.

const CONFIG = /@kubernetes\/client-node\/dist\/config\.js$/
/** What client-node uses of undici. */
const OF_UNDICI = ['Agent', 'ProxyAgent', 'fetch']

/**
 * An esbuild plugin. Its modules have names without a folder, which would be in the bundle. What somebody imports of client-node beside KubeConfig is an
 * error of the build.
 */
export const leanClient = {
  name: 'lean-client',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^@kubernetes\/client-node$/ }, async ({ resolveDir }) =>
      resolve('@kubernetes/client-node/dist/config.js', { resolveDir, kind: 'import-statement' }),
    )
    onResolve({ filter: /^\.\/gen\/index\.js$/ }, ({ importer, resolveDir }) =>
      CONFIG.test(importer) ? { path: 'generated', namespace: 'lean', pluginData: resolveDir } : undefined,
    )
    onLoad({ filter: /^generated$/, namespace: 'lean' }, ({ pluginData }) => ({
      contents: `export { createConfiguration } from './gen/configuration.js'
export { ServerConfiguration } from './gen/servers.js'`,
      resolveDir: pluginData,
    }))
    onResolve({ filter: /^undici$/, namespace: 'file' }, ({ importer, resolveDir }) =>
      importer.includes('@kubernetes/client-node')
        ? { path: 'undici', namespace: 'lean', pluginData: resolveDir }
        : undefined,
    )
    onLoad({ filter: /^undici$/, namespace: 'lean' }, ({ pluginData }) => ({
      contents: OF_UNDICI.map(getterOf).join('\n'),
      resolveDir: pluginData,
    }))
  },
}

const getterOf = (name) =>
  `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => require('undici').${name} })`
