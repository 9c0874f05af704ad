/** Which cluster and user a kubeconfig and kubectl's flags mean. */
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { notFound, SvcpathError, usageError } from '../model/errors.ts'
import type { KubeOptions } from './api.ts'
import { type Entry, textOf } from './fields.ts'
import { type Environment, type Merged, mergeFiles } from './kubeconfig-files.ts'

/** What of the process around it decides which cluster is meant; a parameter so that tests need no process of their own. */
export interface Surroundings {
  env: Environment
  /** Put before /var/run/secrets/kubernetes.io/serviceaccount. */
  root: string
  /** Is there somebody at a terminal whom a credential plugin may ask? */
  isTerminal(): boolean
  now(): Date
}

/** A context with what it names, each as it stands in the file; paths are absolute. */
export interface Chosen {
  /** The context's name, else the server's host. */
  name: string
  namespace: string
  cluster: Entry & { server: string }
  user: Entry
}

/** Null: there is no kubeconfig, and neither --server nor a wrong choice says that one was meant. */
export function chooseContext(options: KubeOptions, { env }: Pick<Surroundings, 'env' | 'root'>): Chosen | null {
  const config = mergeFiles(options, env)
  const nothing = config.clusters.size + config.contexts.size + config.users.size === 0
  const asked = options.context ?? options.cluster ?? options.user ?? options.kubeconfig
  if (nothing && options.server === undefined && asked === undefined) return null
  if (nothing && options.server === undefined) throw emptyError(config.files)
  const contextName = options.context ?? config.currentContext
  const context = contextName === null ? null : find(config.contexts, contextName, 'context', options.context)
  const clusterName = options.cluster ?? textOf(context, 'cluster')
  const userName = options.user ?? textOf(context, 'user')
  const cluster = clusterName === null ? {} : find(config.clusters, clusterName, 'cluster', options.cluster)
  const user = userName === null ? {} : find(config.users, userName, 'user', options.user)
  const server = options.server ?? textOf(cluster, 'server')
  if (server === null) throw noServer(config, contextName, clusterName)
  return {
    name: contextName ?? new URL(checkServer(server)).host,
    namespace: textOf(context, 'namespace') ?? 'default',
    cluster: checkServerName(overrideCluster({ ...cluster, server: checkServer(server) }, options)),
    user: options.token === undefined ? user : { ...withoutCredentials(user), token: options.token },
  }
}

function find(known: ReadonlyMap<string, Entry>, name: string, kind: string, flag: string | undefined): Entry {
  const entry = known.get(name)
  if (entry) return entry
  const names = [...known.keys()]
  const list = names.length === 0 ? `the kubeconfig has no ${kind}s` : `it has ${names.slice(0, 20).join(', ')}`
  const message = `no ${kind} ${JSON.stringify(name)} in the kubeconfig`
  throw flag === undefined ? new SvcpathError(message, { hint: list }) : notFound(message, list)
}

function noServer({ files, contexts }: Merged, context: string | null, cluster: string | null): SvcpathError {
  if (cluster !== null)
    return new SvcpathError(`the cluster ${JSON.stringify(cluster)} in the kubeconfig has no server`)
  const names = [...contexts.keys()]
  if (context === null && names.length > 0) {
    return usageError(
      'the kubeconfig has no current context',
      `choose one with --context: ${names.slice(0, 20).join(', ')}`,
    )
  }
  return context === null
    ? emptyError(files)
    : new SvcpathError(`the context ${JSON.stringify(context)} names no cluster`)
}

const emptyError = (files: readonly string[]): SvcpathError =>
  new SvcpathError(`the kubeconfig is empty or missing: ${files.join(', ')}`, {
    hint: 'name a kubeconfig with --kubeconfig or KUBECONFIG, or read a recording with -f',
  })

/** A bare host is https, as for kubectl. */
function checkServer(server: string): string {
  const text = server.includes('://') ? server : `https://${server}`
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '')
  throw usageError(`the server ${JSON.stringify(server)} is no http or https URL`)
}

/** As kubectl: another server has another name in its certificate, and --insecure-skip-tls-verify drops the CA. */
function overrideCluster(cluster: Chosen['cluster'], options: KubeOptions): Chosen['cluster'] {
  const dropped = [
    ...(options.server === undefined ? [] : ['tls-server-name']),
    ...(options.insecureSkipTlsVerify || options.certificateAuthority !== undefined ? caFields : []),
  ]
  return {
    ...without(cluster, dropped),
    server: cluster.server,
    ...(options.tlsServerName === undefined ? {} : { 'tls-server-name': options.tlsServerName }),
    ...(options.certificateAuthority === undefined
      ? {}
      : { 'certificate-authority': resolve(options.certificateAuthority), 'insecure-skip-tls-verify': false }),
    ...(options.insecureSkipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
  }
}

/** Node takes no address there, and hpagent throws that where nobody can catch it. */
function checkServerName(cluster: Chosen['cluster']): Chosen['cluster'] {
  const name = textOf(cluster, 'tls-server-name')
  if (name === null || isIP(name) === 0) return cluster
  throw new SvcpathError(`the TLS server name ${name} is an address; only a host name can be used`, {
    hint: 'connect to that address itself, or give a name that is in the certificate',
  })
}

const caFields = ['certificate-authority', 'certificate-authority-data']

const withoutCredentials = (user: Entry): Entry =>
  without(user, ['token', 'tokenFile', 'username', 'password', 'exec', 'auth-provider'])

const without = (entry: Entry, fields: readonly string[]): Entry =>
  Object.fromEntries(Object.entries(entry).filter(([name]) => !fields.includes(name)))
