/** `kubectl svcpath watch` on a terminal of tmux, beside a lab's cluster. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import { bin } from '../../bin.ts'
import type { LabCluster } from '../cluster/cluster.ts'

export class Terminal {
  private readonly socket = `svcpath-${process.pid}-${Math.random().toString(36).slice(2)}`

  constructor(cluster: LabCluster, words: readonly string[]) {
    const pid = String(cluster.machine('op').pid)
    const command = ['nsenter', '--net', '--target', pid, '--', bin, 'watch', ...words].join(' ')
    const shell = `KUBECONFIG=${join(cluster.folder, 'kubeconfig')} ${command}; echo "ended with $?"; sleep 60`
    this.tmux('new-session', '-d', '-x', '110', '-y', '32', '-s', 'w', shell)
  }

  /** What stands on the screen now. */
  screen(): string {
    return this.tmux('capture-pane', '-p', '-t', 'w')
  }

  async shows(what: RegExp): Promise<void> {
    await expect.poll(() => this.screen(), { timeout: 20_000, interval: 100 }).toMatch(what)
  }

  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-t', 'w', '-x', String(columns), '-y', String(rows))
  }

  press(key: string): void {
    this.tmux('send-keys', '-t', 'w', key)
  }

  close(): void {
    this.tmux('kill-server')
  }

  private tmux(...words: string[]): string {
    return execFileSync('tmux', ['-L', this.socket, '-f', '/dev/null', ...words], { encoding: 'utf8' })
  }
}
