import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Before all tests, once: what is started by them is what the sources say now. */
export default function build(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: fileURLToPath(new URL('../', import.meta.url)) })
}
