import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Scratch {
  path: string
  remove(): void
}

/**
 * A folder of a test's own, also for keys. A shell holds the other end of a pipe and removes the folder when this process lets go of it, however that ends:
 * nothing is left of a test whose setup failed or that was killed.
 */
export function scratch(name: string): Scratch {
  const path = mkdtempSync(join(tmpdir(), `svcpath-${name}-`))
  // Detached: a ^C that ends the tests does not end it.
  const keeper = spawn('sh', ['-c', 'read -r _; rm -rf -- "$1"', 'sh', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  keeper.unref()
  const pipe = keeper.stdin as Socket
  pipe.unref()
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true })
      pipe.end()
    },
  }
}
