/** Where the API is and how to prove who asks: a kubeconfig's choice made into options for an HTTPS request or WebSocket. */
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { KubeConfig, type User } from '@kubernetes/client-node'
import { SvcpathError } from '../model/errors.ts'
import type { KubeOptions } from './api.ts'
import { KubeError } from './errors.ts'
import { type Credential, execCredential } from './exec-credential.ts'
import { entryOf, textOf } from './fields.ts'
import { inCluster } from './in-cluster.ts'
import { type Chosen, chooseContext, type Surroundings } from './kubeconfig.ts'
import { proxyFromEnvironment } from './proxy.ts'

/** A proxy that does not answer CONNECT within that is given up; hpagent knows no other end. */
const proxyMs = 30_000

/** For https.request and for `ws` alike. */
export interface Authentication {
  headers: http.OutgoingHttpHeaders
  agent: http.Agent
}

export class Access {
  readonly name: string
  readonly namespace: string
  /** The server's URL without a slash at its end; it may have a path. */
  readonly base: string
  /** The same without user information, for errors. */
  readonly server: string
  readonly #chosen: Chosen
  readonly #options: KubeOptions
  readonly #surroundings: Surroundings
  #pending: Promise<Authentication> | null = null
  #current: Authentication | null = null
  #credential: Credential | null = null

  constructor(chosen: Chosen, options: KubeOptions, surroundings: Surroundings) {
    this.name = chosen.name
    this.namespace = chosen.namespace
    this.base = chosen.cluster.server
    const url = new URL(chosen.cluster.server)
    this.server = `${url.protocol}//${url.host}`
    this.#chosen = chosen
    this.#options = options
    this.#surroundings = surroundings
  }

  /** Made once, and again when it has expired. */
  async authentication(): Promise<Authentication> {
    const { expires } = this.#credential ?? { expires: null }
    if (expires !== null && expires <= this.#surroundings.now().getTime()) this.#pending = null
    this.#pending ??= this.#authenticate()
    const pending = this.#pending
    const authentication = await pending
    if (pending === this.#pending) this.#current = authentication
    return authentication
  }

  /** After the API refused those credentials: true where others may be had. Calls at the same time get them once. */
  renew(refused: Authentication): boolean {
    if (refused === this.#current) {
      this.#pending = null
      this.#current = null
    }
    return 'exec' in this.#chosen.user || 'tokenFile' in this.#chosen.user
  }

  async #authenticate(): Promise<Authentication> {
    const { cluster } = this.#chosen
    // Without TLS no credential is sent, as kubectl does (clientcmd's IsConfigTransportTLS).
    const user = cluster.server.startsWith('https:') ? await this.#user() : { name: 'user' }
    const config = new KubeConfig()
    const proxyUrl =
      textOf(cluster, 'proxy-url') ?? proxyFromEnvironment(cluster.server, this.#surroundings.env) ?? undefined
    const { caData, caFile } = caOf(cluster)
    config.loadFromOptions({
      clusters: [
        {
          name: 'cluster',
          server: cluster.server,
          caData,
          caFile,
          // client-node refuses plain HTTP unless this is set, where there is nothing to be verified.
          skipTLSVerify: cluster['insecure-skip-tls-verify'] === true || cluster.server.startsWith('http:'),
          tlsServerName: textOf(cluster, 'tls-server-name') ?? undefined,
          proxyUrl,
        },
      ],
      users: [user],
      contexts: [{ name: 'context', cluster: 'cluster', user: user.name }],
      currentContext: 'context',
    })
    const options: https.RequestOptions = { timeout: proxyMs }
    try {
      await config.applyToHTTPSOptions(options)
      const basic = typeof options.auth === 'string' ? basicHeader(options.auth) : {}
      const headers = { ...(options.headers as http.OutgoingHttpHeaders), ...basic, ...this.#impersonation() }
      // client-node's own agent makes a connection for each request; where no proxy needs it, ours keeps them.
      const agent = proxyUrl === undefined ? keepingAgent(cluster.server, options) : (options.agent as http.Agent)
      return { headers, agent }
    } catch (cause) {
      throw credentialsError(cause)
    }
  }

  async #user(): Promise<User> {
    const { user, cluster } = this.#chosen
    const exec = entryOf(user, 'exec')
    const tokenFile = textOf(user, 'tokenFile')
    const token = tokenFile === null ? textOf(user, 'token') : readToken(tokenFile)
    this.#credential =
      'command' in exec && token === null ? await execCredential(exec, cluster, this.#surroundings) : null
    const certificate = this.#credential?.certificate ?? null
    const key = this.#credential?.key ?? null
    const files =
      certificate === null ? certificateOf(user) : { certData: base64(certificate), keyData: base64(key ?? '') }
    return {
      name: 'user',
      ...files,
      token: this.#credential?.token ?? token ?? undefined,
      username: textOf(user, 'username') ?? undefined,
      password: textOf(user, 'password') ?? undefined,
      ...('auth-provider' in user ? { authProvider: user['auth-provider'] } : {}),
    } as User
  }

  #impersonation(): http.OutgoingHttpHeaders {
    const { user } = this.#chosen
    const { as, asGroups, asUid } = this.#options
    const groups = asGroups ?? (Array.isArray(user['as-groups']) ? user['as-groups'].map(String) : [])
    const extra = Object.entries(entryOf(user, 'as-user-extra')).map(([name, value]): [string, string[]] => [
      `Impersonate-Extra-${encodeURIComponent(name)}`,
      [value].flat().map(String),
    ])
    const [name, uid] = [as ?? textOf(user, 'as'), asUid ?? textOf(user, 'as-uid')]
    if (name === null) {
      if (groups.length === 0 && uid === null) return {}
      throw new SvcpathError('--as-group and --as-uid need --as', { exitCode: 2 })
    }
    return {
      'Impersonate-User': name,
      ...(groups.length > 0 ? { 'Impersonate-Group': [...groups] } : {}),
      ...(uid === null ? {} : { 'Impersonate-Uid': uid }),
      ...Object.fromEntries(extra),
    }
  }
}

/** The context that the flags and the kubeconfig mean, else the cluster in whose pod this runs. */
export function access(options: KubeOptions, surroundings: Surroundings): Access {
  const chosen = chooseContext(options, surroundings) ?? inCluster(surroundings)
  if (chosen) return new Access(chosen, options, surroundings)
  const named = surroundings.env.KUBECONFIG
  if (named)
    throw new SvcpathError(`no cluster to query: KUBECONFIG names ${named}, which does not exist or is empty`, {
      hint: 'name another file with --kubeconfig or KUBECONFIG, or read a recording with -f',
    })
  throw new SvcpathError('no cluster to ask: there is no kubeconfig', {
    hint: 'name one with --kubeconfig or KUBECONFIG (usual is ~/.kube/config), or read a recording with -f',
  })
}

function caOf(cluster: Chosen['cluster']): { caData?: string; caFile?: string } {
  const [caData, caFile] = [textOf(cluster, 'certificate-authority-data'), textOf(cluster, 'certificate-authority')]
  return caData !== null ? { caData } : caFile !== null ? { caFile } : {}
}

/** Data goes before files, as for kubectl; client-node has it the other way round. */
function certificateOf(user: Chosen['user']): Partial<User> {
  const text = (field: string): string | undefined => textOf(user, field) ?? undefined
  const [certData, keyData] = [text('client-certificate-data'), text('client-key-data')]
  return {
    ...(certData === undefined ? { certFile: text('client-certificate') } : { certData }),
    ...(keyData === undefined ? { keyFile: text('client-key') } : { keyData }),
  } as Partial<User>
}

function keepingAgent(
  server: string,
  { ca, cert, key, servername, rejectUnauthorized }: https.RequestOptions,
): http.Agent {
  if (server.startsWith('http:')) return new http.Agent({ keepAlive: true })
  const given = Object.entries({ ca, cert, key, servername, rejectUnauthorized })
  return new https.Agent({ keepAlive: true, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) })
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const basicHeader = (auth: string): http.OutgoingHttpHeaders => ({ Authorization: `Basic ${base64(auth)}` })

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw credentialsError(cause)
  }
}

/** Of the cause only a file's path and the error's code: its words may hold what is secret. */
function credentialsError(cause: unknown): SvcpathError {
  if (cause instanceof SvcpathError) return cause
  const { code, path } = cause as NodeJS.ErrnoException
  const what = path === undefined ? 'cannot be used' : `cannot be read: ${path}`
  return new KubeError('credentials', `the credentials of this context ${what}${code ? ` (${code})` : ''}`, {
    hint: 'log in again, or fetch the kubeconfig anew',
  })
}
