// `npm run demo`: a service that works and one that does not, of two real clusters, from captures.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'

const root = fileURLToPath(new URL('../', import.meta.url))
const TRACES = [
  { words: ['web', '-n', 'shop', '-f', 'test/fixtures/k8s-1.36-iptables-nft-bridge.tgz'], code: 0 },
  { words: ['web', '-n', 'shop', '-f', 'test/fixtures/broken-n2-kube-proxy-stuck.tgz'], code: 3 },
]

for (const { words, code } of TRACES) {
  process.stdout.write(`\n${styleText('bold', `$ kubectl svcpath ${words.join(' ')}`, { validateStream: false })}\n`)
  const env = { ...process.env, FORCE_COLOR: '1' }
  const { status } = spawnSync(`${root}bin/kubectl-svcpath`, words, { cwd: root, env, stdio: 'inherit' })
  process.stdout.write(`exit code ${status}: docs/exit-codes.md says what it means\n`)
  if (status !== code) process.exit(1)
}
