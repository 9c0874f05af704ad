/**
 * Exec credential plugins (kubernetes.io, "client-go credential plugins"). client-node 2 runs them too, but gives them
 * neither KUBERNETES_EXEC_INFO nor a terminal, waits for them without end, and puts what they print into its errors.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { KubeError, seconds } from './errors.ts'
import { type Entry, entryOf, textOf } from './fields.ts'
import type { Chosen, Surroundings } from './kubeconfig.ts'

export interface Credential {
  token: string | null
  /** PEM. */
  certificate: string | null
  key: string | null
  /** Milliseconds since 1970; null: until the API refuses it. */
  expires: number | null
}

/** A person may have to log in with a browser; a plugin without a terminal has no such excuse. */
const [limitAtTerminal, limitAlone] = [300_000, 60_000]
const outputLimit = 1 << 20

/** Runs the plugin of a kubeconfig's user. What it says on stderr goes to the person, as kubectl lets it. */
export async function execCredential(
  exec: Entry,
  cluster: Chosen['cluster'],
  { env, isTerminal: asks }: Pick<Surroundings, 'env' | 'isTerminal'>,
): Promise<Credential> {
  const command = textOf(exec, 'command')
  if (command === null) throw new KubeError('credentials', 'the credential plugin of this context has no command')
  const isTerminal = asks() && exec.interactiveMode !== 'Never'
  if (exec.interactiveMode === 'Always' && !isTerminal) {
    throw pluginError(command, 'needs a terminal (interactiveMode: Always), and there is none')
  }
  const info = {
    apiVersion: textOf(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: isTerminal, ...(exec.provideClusterInfo === true ? { cluster: clusterInfo(cluster) } : {}) },
  }
  const args = Array.isArray(exec.args) ? exec.args.map(String) : []
  const environment = { ...env, ...ownEnvironment(exec), KUBERNETES_EXEC_INFO: JSON.stringify(info) }
  return readCredential(command, await run(command, args, environment, isTerminal))
}

function clusterInfo(cluster: Chosen['cluster']): Entry {
  const file = textOf(cluster, 'certificate-authority')
  const data = file === null ? cluster['certificate-authority-data'] : readFileSync(file).toString('base64')
  const extensions = Array.isArray(cluster.extensions) ? cluster.extensions : []
  const own = extensions.find((one) => textOf(one, 'name') === 'client.authentication.k8s.io/exec')
  return {
    server: cluster.server,
    'tls-server-name': cluster['tls-server-name'],
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
    'certificate-authority-data': data,
    'proxy-url': cluster['proxy-url'],
    config: own === undefined ? null : entryOf(own, 'extension'),
  }
}

function ownEnvironment(exec: Entry): Record<string, string> {
  const list = Array.isArray(exec.env) ? exec.env : []
  return Object.fromEntries(
    list.flatMap((one) => {
      const name = textOf(one, 'name')
      return name === null ? [] : [[name, textOf(one, 'value') ?? '']]
    }),
  )
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv, isTerminal: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: [isTerminal ? 'inherit' : 'ignore', 'pipe', 'inherit'] })
    // Who ends in the midst of it, as completion does, leaves nothing behind that waits for somebody.
    const end = () => child.kill('SIGKILL')
    process.once('exit', end)
    const fail = (why: string): void => {
      clearTimeout(timer)
      process.off('exit', end)
      child.kill('SIGKILL')
      // What it started may still hold the pipe.
      child.stdout.destroy()
      reject(pluginError(command, why))
    }
    const limit = isTerminal ? limitAtTerminal : limitAlone
    const timer = setTimeout(() => fail(`did not end within ${seconds(limit)}`), limit)
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.length > outputLimit) fail('printed more than any credential')
    })
    child.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? 'is not installed, or not in PATH' : `cannot be run (${error.code})`),
    )
    child.on('close', (code, signal) => {
      if (code !== 0) return fail(`failed (${signal ?? `exit code ${code}`}); what it said stands above`)
      clearTimeout(timer)
      process.off('exit', end)
      resolve(output)
    })
  })
}

function readCredential(command: string, output: string): Credential {
  const status = entryOf(parseJson(output), 'status')
  const [token, certificate] = [textOf(status, 'token'), textOf(status, 'clientCertificateData')]
  // Its output may well be a secret: nothing of it is quoted.
  if (token === null && certificate === null) throw pluginError(command, 'printed no credential')
  const expires = Date.parse(textOf(status, 'expirationTimestamp') ?? '')
  return {
    token,
    certificate,
    key: textOf(status, 'clientKeyData'),
    expires: Number.isNaN(expires) ? null : expires,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const pluginError = (command: string, why: string): KubeError =>
  new KubeError('credentials', `the credential plugin ${JSON.stringify(command)} of this context ${why}`, {
    hint: 'run kubectl get nodes with the same context: it needs the same plugin',
  })
