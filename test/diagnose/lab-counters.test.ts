/** Counters of the real kernel that grow while the plugin looks: told as what happens now, and as what is over when it is. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Finding } from '../../src/model/finding.ts'
import type { PathReport } from '../../src/model/report.ts'
import { LabCluster } from '../lab/cluster/cluster.ts'
import { isLeftOut } from '../needs.ts'

let lab: LabCluster

async function report(...more: string[]): Promise<PathReport> {
  const { out, err } = await lab.svcpath(['web', '-n', 'shop', '-o', 'json', '--quiet', ...more])
  if (!out.startsWith('{')) throw new Error(err)
  return JSON.parse(out) as PathReport
}

const brief = ({ code, node, severity, leadsTo }: Finding) => [code, node, severity, ...leadsTo.map((one) => one.code)]

/** Runs JavaScript in a pod until `use` is over; `/mnt/go` is there when it is to begin. */
async function during<T>(script: string, begin: string, use: () => Promise<T>): Promise<T> {
  const [n1, client] = [lab.machine('n1'), lab.pod('shop', 'client')]
  n1.run(`rm -f /mnt/go; ${process.execPath} -e '${script}' >/mnt/said 2>&1 & echo $! > /mnt/sender`, client.name)
  try {
    n1.run(`${until('grep -q ready /mnt/said')}; ${begin}; touch /mnt/go`)
    return await use()
  } finally {
    n1.run('kill -9 $(cat /mnt/sender)')
  }
}

/** Waits for what a command finds; what does not come shows in what is expected next. */
const until = (command: string): string => `for i in $(seq 200); do if ${command}; then break; fi; sleep 0.1; done`

const WHEN_TOLD = `console.log("ready"); const wait = setInterval(() => { if (require("fs").existsSync("/mnt/go")) { clearInterval(wait); go() } }, 50)`

describe.skipIf(isLeftOut('cluster'))('counters in the lab', () => {
  beforeAll(async () => {
    lab = await LabCluster.start({ capture: 'k8s-1.36-iptables-nft-bridge' })
    lab.machine('n1').run('mount -t tmpfs none /mnt; iptables-nft-save -c > /mnt/saved')
  })
  afterAll(() => lab?.stop())

  test('SVP410: packets of connections that conntrack does not know are dropped as INVALID', async () => {
    expect((await report()).findings).toEqual([])
    const n1 = lab.machine('n1')
    const there = lab.pods('shop', 'web-').find(({ node }) => node === 'n2')!
    // Connections that are open when conntrack forgets them; with tcp_loose it would take them up again.
    const script = `const all = Array.from({ length: 150 }, () => require("net").connect(8080, "${there.address}").on("error", () => {}))
      Promise.all(all.map((one) => new Promise((done) => one.on("connect", done)))).then(() => { ${WHEN_TOLD} })
      const go = () => setInterval(() => all.forEach((one) => one.write("GET / HTTP/1.1\\r\\nX: ")), 100)`
    const forget = 'echo 0 > /proc/sys/net/netfilter/nf_conntrack_tcp_loose; conntrack -F 2>/dev/null'
    // The lab has no objects of nfacct, without which the capture's own rule cannot be loaded.
    n1.run('iptables-nft -I KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP')
    try {
      const now = await during(script, forget, async () => {
        n1.run(until(`iptables-nft-save -c -t filter | grep -q "^.[1-9][0-9][0-9].* -A KUBE-FORWARD .*INVALID"`))
        return report()
      })
      const found = now.findings.find(({ code }) => code === 'SVP410')!
      expect(brief(found)).toEqual(['SVP410', 'n1', 'warning'])
      expect(found.message).toMatch(/; in the \d+\.\d s since then \d+ more, beside /)
      expect((await report('--no-growth')).findings.map(brief)).toContainEqual(['SVP410', 'n1', 'warning'])
    } finally {
      n1.run('echo 1 > /proc/sys/net/netfilter/nf_conntrack_tcp_loose; iptables-nft-restore -c < /mnt/saved')
    }
    expect((await report()).findings.map(({ code }) => code)).not.toContain('SVP410')
  })

  test('SVP414: masqueraded connections use up the source ports that a rule leaves them, and are lost', async () => {
    const before = await report()
    const n1 = lab.machine('n1')
    const [ip] = before.service.clusterIPs
    n1.run('iptables-nft -t nat -I POSTROUTING -p tcp --dport 8080 -j MASQUERADE --to-ports 40000-40099')
    const script = `const more = (count) => { for (let i = 0; i < count; i++) require("net").connect(80, "${ip}").on("error", () => {}) }
      const go = () => { more(500); setInterval(() => more(10), 100) }
      ${WHEN_TOLD}`
    try {
      const now = await during(script, ':', () => {
        n1.run(until('conntrack -S | grep -q "insert_failed=[1-9]"'))
        return report()
      })
      const full = now.findings.filter(({ code }) => code === 'SVP414')
      expect(full.map(brief)).toContainEqual(['SVP414', 'n1', 'error', 'SVP406'])
      for (const { message } of full)
        expect(message).toMatch(
          /^masqueraded connections from \S+ on n1 to 10\.244\.\d\.\d+:8080\/tcp use \d+ of 100 source ports, and in /,
        )
    } finally {
      n1.run('iptables-nft-restore -c < /mnt/saved; conntrack -F 2>/dev/null')
    }
    const after = (await report()).findings.filter(({ code }) => code === 'SVP406' || code === 'SVP414')
    expect(after.map(brief)).toEqual([['SVP406', 'n1', 'info']])
    expect(after[0]!.message).toMatch(/between two readings: it does not happen now/)
  })
})
