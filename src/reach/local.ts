import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Ended, Output } from '../kube/api.ts'
import { Pulse } from '../kube/pulse.ts'
import { type FollowOptions, ReachError, type RunOptions, type Way } from './way.ts'

/** This machine is the node: the script runs in a shell here, as root or by `sudo -n`. */
export function localWay(): Way {
  return {
    name: 'local',
    run: (_node, script, options) => runHere(script, options),
    follow: (_node, script, options) => followHere(script, options),
    async close() {},
  }
}

function runHere(script: string, { timeoutMs, maxBytes, signal }: RunOptions): Promise<Output> {
  return new Promise((resolve, reject) => {
    const { child, end } = start()
    const chunks: Buffer[] = []
    let size = 0
    let stderr = ''
    let truncated = false
    let failure: ReachError | null = null
    const timer = setTimeout(() => {
      failure = new ReachError(`no answer within ${timeoutMs / 1000} s`)
      end()
    }, timeoutMs)
    signal.addEventListener('abort', end, { once: true })
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBytes) return chunks.push(chunk)
      truncated = true
      return end()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk).slice(-4096)
    })
    child.stdin.on('error', () => {})
    child.on('error', (error) => {
      failure = doesNotRun(error)
    })
    child.on('close', (exitCode) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      if (signal.aborted) return reject(signal.reason)
      if (failure) return reject(failure)
      if (size === 0 && exitCode !== 0 && !isRoot()) return reject(refused(stderr))
      return resolve({ stdout: Buffer.concat(chunks), stderr, exitCode, truncated })
    })
    child.stdin.end(script)
  })
}

function followHere(script: string, { times, signal, onOutput }: FollowOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const { child, end } = start()
    let stderr = ''
    let heard = false
    let failure: ReachError | null = null
    const fail = (error: ReachError) => {
      failure = error
      end()
    }
    const pulse = new Pulse(times, {
      beat: () => child.stdin.write('\n'),
      lost: (words) => fail(new ReachError(words)),
    })
    signal.addEventListener('abort', end, { once: true })
    child.stdout.on('data', (chunk: Buffer) => {
      heard = true
      pulse.heard()
      onOutput(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk).slice(-4096)
    })
    child.stdin.on('error', () => {})
    child.on('error', (error) => {
      failure = doesNotRun(error)
    })
    child.on('close', (exitCode) => {
      pulse.stop()
      signal.removeEventListener('abort', end)
      if (signal.aborted) return reject(signal.reason)
      if (failure) return reject(failure)
      if (!heard && exitCode !== 0 && !isRoot()) return reject(refused(stderr))
      return resolve({ stderr, exitCode })
    })
    child.stdin.write(script)
    if (signal.aborted) end()
  })
}

/** A shell here, as root; `end` kills it with all that it started. Throws a ReachError where this machine is none that can be read. */
function start(): { child: ChildProcessWithoutNullStreams; end: () => void } {
  if (process.platform !== 'linux')
    throw new ReachError('this machine is no Linux node', { hint: 'run it on the node' })
  const [command, ...words] = isRoot() ? ['sh', '-s'] : ['sudo', '-n', 'sh', '-s']
  // A group of its own, so that what the script started ends with it.
  const child = spawn(command!, words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const end = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
  return { child, end }
}

const isRoot = (): boolean => process.getuid?.() === 0

const doesNotRun = (error: Error): ReachError => new ReachError(`no shell runs here: ${error.message}`)

const refused = (stderr: string): ReachError =>
  new ReachError(`sudo -n: ${stderr.trim() || 'refused'}`, {
    hint: 'run it as root, or let sudo work without a password',
  })
