// docs/trace.svg, the picture in the README: what the program prints of a real capture, in its colours.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { COLUMNS, pictureOf } from './docs/picture.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const words = ['web', '-n', 'shop', '-f', 'test/fixtures/broken-n2-kube-proxy-stuck.tgz']
const env = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  FORCE_COLOR: '1',
  COLUMNS: String(COLUMNS),
  TERM: 'xterm',
}
const { stdout } = spawnSync(`${root}bin/kubectl-svcpath`, words, { cwd: root, env, encoding: 'utf8' })
writeFileSync(`${root}docs/trace.svg`, pictureOf('kubectl svcpath web -n shop', stdout))
