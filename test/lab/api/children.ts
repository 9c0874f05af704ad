/** The processes that run in pods. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Program } from './contract.ts'

export type Child = ChildProcessWithoutNullStreams

export class Children {
  readonly #running = new Map<Child, string>()

  /**
   * Starts a process of a pod. It leads a session of its own, so that what it started ends with it, and it is killed by
   * the kernel where this process dies (prctl(2), PR_SET_PDEATHSIG).
   */
  start({ file, args }: Program, podUid: string): Child {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', file, ...args], { detached: true })
    this.#running.set(child, podUid)
    child.on('exit', () => this.#running.delete(child)).on('error', () => this.#running.delete(child))
    // A process that does not read its input is no error.
    child.stdin.on('error', () => undefined)
    return child
  }

  stop(child: Child): void {
    if (!this.#running.has(child) || child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It ended at this moment.
    }
  }

  stopPod(podUid: string): void {
    for (const [child, uid] of this.#running) if (uid === podUid) this.stop(child)
  }

  /** Kills all and waits until they are gone. */
  async close(): Promise<void> {
    const ends = [...this.#running.keys()].map((child) => new Promise((resolve) => child.on('exit', resolve)))
    for (const child of this.#running.keys()) this.stop(child)
    await Promise.all(ends)
  }
}

/** Whether there is such a program on this machine (a path, or a name to be looked for in PATH) and it can be started. */
export function isExecutable({ file, args }: Program): boolean {
  const places = file.includes('/') ? [file] : (process.env.PATH ?? '').split(':').map((folder) => join(folder, file))
  return file !== '' && !args.some((word) => word.includes('\0')) && places.some(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
