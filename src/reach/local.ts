import { spawn } from 'node:child_process'
import type { Output } from '../kube/api.ts'
import { ReachError, type RunOptions, type Way } from './way.ts'

/** This machine is the node: the script runs in a shell here, as root or by `sudo -n`. */
export function localWay(): Way {
  return {
    name: 'local',
    run: (_node, script, options) => runHere(script, options),
    async close() {},
  }
}

function runHere(script: string, { timeoutMs, maxBytes, signal }: RunOptions): Promise<Output> {
  if (process.platform !== 'linux')
    return Promise.reject(new ReachError('this machine is no Linux node', { hint: 'run it on the node' }))
  const [command, ...words] = process.getuid?.() === 0 ? ['sh', '-s'] : ['sudo', '-n', 'sh', '-s']
  return new Promise((resolve, reject) => {
    // A group of its own, so that what the script started ends with it.
    const child = spawn(command!, words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    const chunks: Buffer[] = []
    let size = 0
    let stderr = ''
    let truncated = false
    let failure: ReachError | null = null
    const end = () => {
      try {
        process.kill(-child.pid!, 'SIGKILL')
      } catch {
        // It has ended already.
      }
    }
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
      failure = new ReachError(`${command} does not run here: ${error.message}`)
    })
    child.on('close', (exitCode) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      if (signal.aborted) return reject(signal.reason)
      if (failure) return reject(failure)
      if (command === 'sudo' && size === 0 && exitCode !== 0) {
        const hint = 'run it as root, or let sudo work without a password'
        return reject(new ReachError(`sudo -n: ${stderr.trim() || 'refused'}`, { hint }))
      }
      return resolve({ stdout: Buffer.concat(chunks), stderr, exitCode, truncated })
    })
    child.stdin.end(script)
  })
}
