/** Reads kubeconfig files and makes one of them. */
import { readFileSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { SvcpathError } from '../model/errors.ts'
import type { KubeOptions } from './api.ts'
import { type Entry, entryOf, isEntry, textOf } from './fields.ts'

/** Environment variables by their names. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What all files say together, each thing by its name. */
export interface Merged {
  files: string[]
  clusters: Map<string, Entry>
  users: Map<string, Entry>
  contexts: Map<string, Entry>
  currentContext: string | null
}

/**
 * The files that `--kubeconfig`, KUBECONFIG or the home folder name. The first file to name a thing wins, also for current-context; files of KUBECONFIG that do not exist are passed over
 * (kubernetes.io, "Organizing Cluster Access Using kubeconfig Files", merging rules).
 */
export function mergeFiles(options: KubeOptions, env: Environment): Merged {
  const named = options.kubeconfig !== undefined
  const listed = env.KUBECONFIG?.split(delimiter).filter((file) => file !== '') ?? []
  const home = env.HOME ?? env.USERPROFILE
  const usual = home === undefined ? [] : [join(home, '.kube', 'config')]
  const files = named ? [options.kubeconfig!] : listed.length > 0 ? listed : usual
  const merged: Merged = { files, clusters: new Map(), users: new Map(), contexts: new Map(), currentContext: null }
  for (const file of files.map((one) => resolve(one))) {
    const config = readConfig(file, named)
    merged.currentContext ??= textOf(config, 'current-context')
    addAll(merged.clusters, config, 'clusters', 'cluster', file)
    addAll(merged.users, config, 'users', 'user', file)
    addAll(merged.contexts, config, 'contexts', 'context', file)
  }
  return merged
}

function readConfig(file: string, mustExist: boolean): Entry {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'error'
    if (code === 'ENOENT' && !mustExist) return {}
    const why = whyUnreadable.get(code) ?? code
    throw new SvcpathError(`the kubeconfig ${file} cannot be read: ${why}`, {
      exitCode: code === 'ENOENT' ? 2 : 1,
      hint: 'name another with --kubeconfig or KUBECONFIG',
    })
  }
  if (text.trim() === '') return {}
  const config = parseYaml(text)
  if (isEntry(config)) return config
  // The parser's own words quote the text, and with it a token: they are not passed on.
  throw new SvcpathError(`the kubeconfig ${file} cannot be understood: it is no valid YAML or JSON object`, {
    hint: `kubectl config view --kubeconfig=${JSON.stringify(file)} says more`,
  })
}

const whyUnreadable: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'it does not exist'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a folder'],
])

function parseYaml(text: string): unknown {
  try {
    return parse(text, { logLevel: 'error' })
  } catch {
    return null
  }
}

function addAll(into: Map<string, Entry>, config: Entry, list: string, kind: string, file: string): void {
  const items = config[list] ?? []
  if (!Array.isArray(items)) throw new SvcpathError(`the kubeconfig ${file} cannot be understood: ${list} is no list`)
  for (const item of items) {
    const name = textOf(item, 'name')
    if (name !== null && !into.has(name)) into.set(name, withAbsolutePaths(entryOf(item, kind), dirname(file)))
  }
}

/** Paths in a kubeconfig are relative to the file that they stand in; so is a credential plugin's, if it has a slash. */
function withAbsolutePaths(entry: Entry, folder: string): Entry {
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(folder, path))
  const paths = pathFields.flatMap((field) => {
    const path = textOf(entry, field)
    return path === null ? [] : [[field, absolute(path)]]
  })
  const exec = entryOf(entry, 'exec')
  const command = textOf(exec, 'command')
  const plugin = command?.includes('/') ? { exec: { ...exec, command: absolute(command) } } : {}
  return { ...entry, ...Object.fromEntries(paths), ...plugin }
}

const pathFields = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']
