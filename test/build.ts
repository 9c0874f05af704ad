import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { whatIsMissing } from './needs.ts'

/** Before all tests, once: what is started by them is what the sources say now; and what this machine cannot try is said. */
export default function prepare(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: fileURLToPath(new URL('../', import.meta.url)) })
  const missing = whatIsMissing()
  if (missing.length === 0) return
  const words = missing.map((line) => `\n  ${line}`).join('')
  if (process.env.CI) throw new Error(`Not all tests can run here:${words}`)
  console.warn(`Left out, since they cannot run here:${words}\n`)
}
