import type { Client, ClientChannel } from 'ssh2'
import type { Ended, Output } from '../kube/api.ts'
import { Pulse } from '../kube/pulse.ts'
import type { Node } from '../model/cluster.ts'
import { SshConnections, type SshOptions } from './ssh/connect.ts'
import type { ConnectLimits } from './ssh/handshake.ts'
import { parseTarget } from './ssh/host.ts'
import { type FollowOptions, ReachError, type RunOptions, type Way } from './way.ts'

export interface SshWayOptions extends SshOptions {
  /** `--ssh-user`; undefined: as the configuration says. */
  user: string | undefined
  /** `internal`, `external`, `hostname`, or a template with `{name}`, `{internal}`, `{external}`, `{hostname}`. */
  address: string
}

/**
 * A shell on the node itself, as root or by `sudo -n`. The command line is the same for every node and holds nothing from outside; the login
 * shell, whatever it is, only starts it.
 */
export function sshWay(options: SshWayOptions): Way {
  const connections = new SshConnections(options)
  const withClient = async <T>(
    node: Node,
    limits: ConnectLimits & Pick<RunOptions, 'say'>,
    work: (client: Client) => Promise<T>,
  ): Promise<T> => {
    const target = parseTarget(addressOf(node, options.address))
    limits.say(`ssh to ${target.host}`, 'ssh to each')
    const client = await connections.connect({ ...target, user: options.user ?? target.user }, limits)
    try {
      return await work(client)
    } finally {
      client.end()
    }
  }
  return {
    name: 'ssh',
    async run(node, script, run) {
      const started = performance.now()
      return withClient(node, run, (client) =>
        execute(client, script, { ...run, timeoutMs: run.timeoutMs - (performance.now() - started) }),
      )
    },
    follow: (node, script, run) =>
      withClient(node, { ...run, timeoutMs: run.times.openMs }, (client) => follow(client, script, run)),
    async close() {
      connections.close()
    },
  }
}

/** Where a node is to be found, by its addresses in the API. Throws a ReachError where it has no such address. */
export function addressOf(node: Node, template: string): string {
  const text = template in ADDRESS_TYPES ? `{${template}}` : template
  return text.replaceAll(/\{(\w+)\}/g, (token, word: string) => {
    if (word === 'name') return node.name
    const type = ADDRESS_TYPES[word]
    if (!type) throw new ReachError(`--ssh-address: ${token} is none of {name}, {internal}, {external}, {hostname}`)
    const found = node.addresses.find((one) => one.type === type)?.address
    if (!found) throw new ReachError(`the API has no ${type} for it`, { hint: 'choose another with --ssh-address' })
    return found
  })
}

/** Node addresses as the API calls them (core/v1, NodeAddressType). */
const ADDRESS_TYPES: Record<string, string> = { internal: 'InternalIP', external: 'ExternalIP', hostname: 'Hostname' }

const COMMAND = `exec sh -c 'if [ "$(id -u)" = 0 ]; then exec sh -s; fi; exec sudo -n sh -s'`

function execute(client: Client, script: string, { timeoutMs, maxBytes, signal }: RunOptions): Promise<Output> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let stderr = ''
    let truncated = false
    let exitCode: number | null = null
    let channel: ClientChannel | null = null
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      channel?.destroy()
      finish()
    }
    const fail = (error: Error) => settle(() => reject(error))
    const onAbort = () => fail(signal.reason as Error)
    const timer = setTimeout(() => fail(new ReachError('no answer in time')), Math.max(1, timeoutMs))
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    client.once('close', () => fail(new ReachError('the connection was lost in the midst of the answer')))
    client.exec(COMMAND, (error, opened) => {
      if (error) return fail(new ReachError(`no shell: ${error.message}`))
      channel = opened
      opened.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= maxBytes) return chunks.push(chunk)
        truncated = true
        return opened.close()
      })
      opened.stderr.on('data', (chunk: Buffer) => {
        stderr = (stderr + chunk).slice(-4096)
      })
      opened.on('exit', (code: number | null) => {
        exitCode = code
      })
      opened.on('error', () => {})
      opened.on('close', () => {
        const sudo = size === 0 && exitCode !== 0 && /sudo/.test(stderr)
        if (sudo) fail(sudoRefused(stderr))
        else settle(() => resolve({ stdout: Buffer.concat(chunks), stderr, exitCode, truncated }))
      })
      return opened.end(script)
    })
    return undefined
  })
}

/** The same for a script that runs on: its standard input stays open. */
function follow(client: Client, script: string, { times, onOutput, signal }: FollowOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let stderr = ''
    let heard = false
    let exitCode: number | null = null
    let channel: ClientChannel | null = null
    const settle = (finish: () => void) => {
      pulse.stop()
      signal.removeEventListener('abort', onAbort)
      channel?.destroy()
      finish()
    }
    const fail = (error: Error) => settle(() => reject(error))
    const onAbort = () => fail(signal.reason as Error)
    const pulse = new Pulse(times, {
      beat: () => channel?.write('\n'),
      lost: (words) => fail(new ReachError(words)),
    })
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    client.once('close', () => fail(new ReachError('the connection was lost')))
    client.exec(COMMAND, (error, opened) => {
      if (error) return fail(new ReachError(`no shell: ${error.message}`))
      channel = opened
      opened.on('data', (chunk: Buffer) => {
        heard = true
        pulse.heard()
        onOutput(chunk)
      })
      opened.stderr.on('data', (chunk: Buffer) => {
        stderr = (stderr + chunk).slice(-4096)
      })
      opened.on('exit', (code: number | null) => {
        exitCode = code
      })
      opened.on('error', () => {})
      opened.on('close', () => {
        if (!heard && exitCode !== 0 && /sudo/.test(stderr)) fail(sudoRefused(stderr))
        else settle(() => resolve({ stderr, exitCode }))
      })
      return opened.write(script)
    })
    return undefined
  })
}

const sudoRefused = (stderr: string): ReachError =>
  new ReachError(`sudo -n: ${lastLine(stderr)}`, {
    hint: 'connect as root with --ssh-user, or let sudo work without a password there',
  })

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''
