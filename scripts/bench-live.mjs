// One service of a cluster with 5,000, on three nodes of the lab: svcpath beside what a person would do by hand, in the same run.
// The numbers are ratios: this machine is the same for both.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { LabCluster } from '../test/lab/cluster/cluster.ts'

const rounds = Number(process.env.ROUNDS ?? 3)
const SERVICE = ['svc-00007', '-n', 'big']
const NODES = ['172.30.0.11', '172.30.0.12', '172.30.0.13']
const BY_HAND =
  'iptables-save -c; conntrack -L -o extended; ip -j link; ip -j route show table all; ip -j neigh; bridge -j fdb'

console.log('loading 5,000 services into three nodes …')
const lab = await LabCluster.start({ capture: 'k8s-1.36-iptables-nft-5000-services' })
try {
  const hand = await best(async () => {
    let bytes = 0
    for (const node of NODES) {
      const ssh = ['--net', '--target', String(lab.machine('op').pid), '--', 'ssh', '-F', lab.ssh.config, node, BY_HAND]
      bytes += execFileSync('nsenter', ssh, { maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'ignore'] }).length
    }
    return bytes
  })
  const bare = nodeTime('iptables-save -c')
  const rows = [['by hand, ssh', hand.seconds, hand.bytes]]
  for (const way of ['exec', 'debug', 'ssh']) {
    const file = `${lab.folder}/${way}.tgz`
    const flags = ['--via', way, '-q', ...(way === 'ssh' ? ['--ssh-config', lab.ssh.config] : [])]
    const own = await best(async () => {
      const { code, err } = await lab.svcpath(['capture', ...SERVICE, ...flags, '--force', '-o', file])
      if (code !== 0) throw new Error(`${way}: exit code ${code}: ${err}`)
      return manifest(file).nodes.reduce((sum, node) => sum + node.bytes, 0)
    })
    rows.push([`svcpath --via ${way}`, own.seconds, own.bytes])
    const sections = manifest(file).nodes.flatMap((node) => node.sections)
    const rules = sections
      .filter(({ file: name }) => name === 'iptables-save.txt')
      .map(({ milliseconds }) => milliseconds / 1000)
    rows.push([`  its rules on one node`, Math.min(...rules), null])
  }
  console.log(`iptables-save -c alone on one node: ${bare.toFixed(2)} s`)
  for (const [name, seconds, bytes] of rows) {
    const size =
      bytes === null
        ? `${(seconds / bare).toFixed(2)} × iptables-save`
        : `${bytes} B, ${((bytes / hand.bytes) * 100).toFixed(2)} %`
    console.log(
      `${name.padEnd(26)} ${seconds.toFixed(2).padStart(6)} s  ${(seconds / hand.seconds).toFixed(2)} × by hand  ${size}`,
    )
  }
} finally {
  lab.stop()
}

/** The fastest of some rounds. */
async function best(work) {
  let result = null
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    const bytes = await work()
    const seconds = (performance.now() - start) / 1000
    if (result === null || seconds < result.seconds) result = { seconds, bytes }
  }
  return result
}

function nodeTime(command) {
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now()
    lab.machine('n1').run(`${command} > /dev/null`)
    return (performance.now() - start) / 1000
  })
  return Math.min(...times)
}

/** The manifest in a capture: the only file in it that begins so. */
function manifest(file) {
  const text = gunzipSync(readFileSync(file)).toString()
  const start = text.indexOf('{\n "apiVersion": "svcpath/v1alpha1",\n "kind": "Capture"')
  return JSON.parse(text.slice(start, text.indexOf('\n}\n', start) + 2))
}
