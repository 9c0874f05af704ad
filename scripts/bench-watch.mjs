// `npm run bench:watch`: what a node pays for being watched, with 5,000 services: the processor time of the script and all that it starts. Once, in the first
// three seconds, and from then on as a share of a core. Bound: 1 %. SECONDS=60 for each row.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { followScript } from '../src/collect/follow/script.ts'
import { LabCluster } from '../test/lab/cluster/cluster.ts'

const seconds = Number(process.env.SECONDS ?? 60)
const bound = 0.01

console.log('loading 5,000 services into three nodes …')
const lab = await LabCluster.start({ capture: 'k8s-1.36-iptables-nft-5000-services' })
try {
  const client = lab.pod('shop', 'client')
  const node = lab.machine(client.node)
  const service = lab
    .objects('Service')
    .find(({ metadata }) => metadata.name === 'web' && metadata.namespace === 'shop')
  const { clusterIP, ports } = service.spec
  const wanted = {
    ...{ namespace: 'shop', name: 'web', addresses: [clusterIP], endpoints: [], podAddresses: [] },
    ports: ports.map(({ name = '', port, protocol = 'TCP' }) => ({ name, port, protocol, nodePort: null })),
  }
  const rows = {
    'nothing happens': null,
    '25 connections a second': [
      `while :; do ${connect(clusterIP, ports[0].port).repeat(5)} sleep 0.2; done`,
      client.name,
    ],
    'another service is written each second': [
      'while :; do iptables-nft -t nat -N KUBE-SVC-BENCH; iptables-nft -t nat -X KUBE-SVC-BENCH; sleep 1; done',
    ],
  }
  let worst = 0
  for (const [name, load] of Object.entries(rows)) {
    const share = await cost(node, followScript(wanted, 'aabbccdd', { mode: 'iptables', backend: 'nft' }), load)
    worst = Math.max(worst, share.share)
    console.log(
      `${name.padEnd(40)} ${(share.share * 100).toFixed(2)} % of a core, ${Math.round(share.bytes / seconds)} B/s`,
    )
  }
  if (worst > bound) {
    console.error(`more than ${bound * 100} % of a core`)
    process.exitCode = 1
  }
} finally {
  lab.stop()
}

/** The processor time of a script and its children at the start, and after it while something else goes on. */
async function cost(node, script, load) {
  const [file, ...args] = node.words(['sh', '-s'])
  const child = spawn(file, args)
  let bytes = 0
  child.stdout.on('data', (chunk) => {
    bytes += chunk.length
  })
  child.stdin.write(script)
  await sleep(500)
  const beats = setInterval(() => child.stdin.write('\n'), 1000)
  await sleep(2500)
  const [start, before] = [spent(child.pid), bytes]
  const [other, ...otherArgs] = load ? node.words(['timeout', String(seconds), 'sh', '-c', load[0]], load[1]) : []
  const beside = other ? spawn(other, otherArgs, { stdio: 'ignore' }) : null
  await sleep(seconds * 1000)
  const end = spent(child.pid)
  clearInterval(beats)
  child.stdin.end()
  await new Promise((resolve) => child.once('close', resolve))
  if (beside) await new Promise((resolve) => (beside.exitCode === null ? beside.once('exit', resolve) : resolve()))
  return { start, share: (end - start) / seconds, bytes: bytes - before }
}

/** Seconds of a process, of its descendants, and of those that these have waited for. */
function spent(pid) {
  const words = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  const own = words.slice(11, 15).reduce((sum, one) => sum + Number(one), 0) / 100
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  return children.reduce((sum, one) => sum + spent(one), own)
}

/** A connection of its own. */
function connect(address, port) {
  return `busybox nc -w 1 ${address} ${port} </dev/null >/dev/null 2>&1;`
}
