/** `kubectl svcpath watch` as a process beside a lab's cluster, and what it has told so far. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import type { WatchEvent } from '../../../src/model/live/watch.ts'
import { bin } from '../../bin.ts'
import type { LabCluster } from '../cluster/cluster.ts'

export class Watching {
  readonly child: ChildProcess
  readonly events: WatchEvent[] = []
  err = ''
  readonly ended: Promise<number | null>

  constructor(cluster: LabCluster, words: readonly string[]) {
    const args = [
      '--net',
      '--target',
      String(cluster.machine('op').pid),
      '--',
      bin,
      'watch',
      ...words,
      '-o',
      'json',
      '-q',
    ]
    const env = { ...process.env, KUBECONFIG: join(cluster.folder, 'kubeconfig') }
    this.child = spawn('nsenter', args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.events.push(JSON.parse(line)))
    this.child.stderr!.on('data', (chunk) => {
      this.err += chunk
    })
    this.ended = new Promise((resolve) => this.child.once('close', (code) => resolve(code)))
  }

  /** Waits until there is an event that fits, among those from `from` on. */
  async sees(fits: object, { from = 0, timeout = 120_000 } = {}): Promise<WatchEvent> {
    const found = () => this.events.slice(from).find((event) => matches(event, fits))
    await expect
      .poll(() => found() !== undefined || this.child.exitCode !== null, {
        timeout,
        interval: 50,
        message: `${JSON.stringify(fits)} ${this.err}`,
      })
      .toBe(true)
    const event = found()
    if (!event) throw new Error(`it ended without ${JSON.stringify(fits)}: ${this.err}`)
    return event
  }

  /** Ends it as Ctrl-C does. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGINT')
    return this.ended
  }
}

const matches = (event: object, fits: object): boolean =>
  Object.entries(fits).every(([key, value]) => {
    const own = (event as Record<string, unknown>)[key]
    return value instanceof RegExp ? value.test(String(own)) : own === value
  })
