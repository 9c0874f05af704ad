// `npm run bench:watch`: what a node pays for being watched, with 5,000 services: the processor time of the script and all that it starts. Once, in the first
// six seconds, and from then on as a share of a core. Bound: 1 %. SECONDS=60 for each row. Then, while the same goes on, how long a rule that somebody adds to
// FORWARD, and takes away again, takes to be seen.
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
    'kube-proxy writes all services every 30 s': [sync(30)],
    'kube-proxy writes all services every 5 s': [sync(5)],
    'another service is written each second': [
      'while :; do iptables-nft -t nat -N KUBE-SVC-BENCH; iptables-nft -t nat -X KUBE-SVC-BENCH; sleep 1; done',
    ],
  }
  let worst = 0
  for (const [name, load] of Object.entries(rows)) {
    const share = await cost(node, followScript(wanted, 'aabbccdd', { mode: 'iptables', backend: 'nft' }), load)
    worst = Math.max(worst, share.share)
    console.log(
      `${name.padEnd(40)} ${(share.share * 100).toFixed(2)} % of a core, ${Math.round(share.bytes / seconds)} B/s, seen after ${share.seen.map((one) => one.toFixed(1)).join(', ')} s`,
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
  const ended = new Promise((resolve) => child.once('close', resolve))
  child.stdin.on('error', () => {})
  let bytes = 0
  let said = ''
  child.stdout.on('data', (chunk) => {
    bytes += chunk.length
    said += chunk
  })
  child.stdin.write(script)
  await sleep(500)
  const beats = setInterval(() => child.stdin.write('\n'), 1000)
  await sleep(5500)
  const [start, before] = [spent(child.pid), bytes]
  const [other, ...otherArgs] = load ? node.words(['sh', '-c', load[0]], load[1]) : []
  const beside = other ? spawn(other, otherArgs, { stdio: 'ignore', detached: true }) : null
  const over = new Promise((resolve) => (beside ? beside.once('exit', resolve) : resolve()))
  await sleep(seconds * 1000)
  const end = spent(child.pid)
  const total = bytes - before
  const seen = []
  for (const how of ['-I', '-D', '-I', '-D']) {
    await sleep(1000 + Math.random() * 1000)
    said = ''
    const at = performance.now()
    node.run(`iptables-nft ${how} FORWARD -s 192.0.2.1 -j DROP`)
    while (!said.includes(' d rules in ip table filter') && performance.now() - at < 30_000) await sleep(50)
    seen.push((performance.now() - at) / 1000)
  }
  clearInterval(beats)
  if (beside) process.kill(-beside.pid, 'SIGKILL')
  child.stdin.end()
  await ended
  await over
  return { start, share: (end - start) / seconds, bytes: total, seen }
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

/** What kube-proxy writes at each sync, whatever has changed: the chain of all services anew. */
function sync(every) {
  const rules = `iptables-nft-save -t nat | grep -e '-A KUBE-SERVICES'`
  return `all=$({ echo '*nat'; echo ':KUBE-SERVICES - [0:0]'; ${rules}; echo COMMIT; })
    while :; do echo "$all" | iptables-nft-restore --noflush; sleep ${every}; done`
}

/** A connection of its own. */
function connect(address, port) {
  return `busybox nc -w 1 ${address} ${port} </dev/null >/dev/null 2>&1;`
}
