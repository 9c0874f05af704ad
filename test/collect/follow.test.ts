/** The script that runs on, in each shell and on the real kernel. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { followScript } from '../../src/collect/follow/script.ts'
import type { WantedService } from '../../src/model/request.ts'
import { type NodeMessage, StreamReader } from '../../src/watch/stream.ts'
import { isLeftOut } from '../needs.ts'

const FRAME = 'aabbccdd'
const SHELLS = ['dash', 'busybox sh', 'bash'] as const

const service: WantedService = {
  ...{ namespace: 'shop', name: 'web', addresses: ['10.96.1.2'], endpoints: [], podAddresses: [] },
  ports: [{ name: '', port: 80, protocol: 'TCP', nodePort: null }],
}

/** KUBE-SVC-…: shop/web:80/tcp without a name. */
const CHAIN = 'KUBE-SVC-E3PXEPMWAWIUT6ZV'
const SETUP = `
ip link set lo up
echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
iptables-nft-restore <<END
*nat
:KUBE-POSTROUTING - [0:0]
:KUBE-SERVICES - [0:0]
:${CHAIN} - [0:0]
:KUBE-SEP-AAAAAAAAAAAAAAAA - [0:0]
-A OUTPUT -j KUBE-SERVICES
-A POSTROUTING -j KUBE-POSTROUTING
-A KUBE-SERVICES -d 10.96.1.2/32 -p tcp --dport 80 -j ${CHAIN}
-A ${CHAIN} -j KUBE-SEP-AAAAAAAAAAAAAAAA
-A KUBE-SEP-AAAAAAAAAAAAAAAA -p tcp -j DNAT --to-destination 127.0.0.1:8080
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
END
ip route add 10.96.0.0/16 dev lo src 127.0.0.1
`

/** A script that follows a node of its own, with what else is to be done there; both get what the test writes. */
class Followed {
  readonly child: ChildProcessWithoutNullStreams
  readonly messages: NodeMessage[] = []
  readonly ended: Promise<number | null>
  private readonly reader = new StreamReader(FRAME)

  constructor(shell: string, { script = followScript(service, FRAME), setup = SETUP } = {}) {
    const own = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
    this.child = spawn('unshare', [...own, 'sh', '-c', `mount -t tmpfs t /run; ${setup}\n${shell}; exit $?`])
    this.child.stdin.on('error', () => {})
    this.child.stdout.on('data', (bytes: Buffer) => this.messages.push(...this.reader.take(bytes)))
    this.ended = new Promise((resolve) => this.child.once('exit', (code) => resolve(code)))
    onTestFinished(() => void this.child.kill('SIGKILL'))
    this.child.stdin.write(script)
  }

  /** Beats until there is a message that fits. */
  async until(fits: (message: NodeMessage) => boolean, from = 0): Promise<NodeMessage> {
    await expect
      .poll(
        () => {
          if (this.messages.length > 0) this.child.stdin.write('\n')
          return this.messages.slice(from).some(fits)
        },
        { timeout: 60_000, interval: 200 },
      )
      .toBe(true)
    return this.messages.slice(from).find(fits)!
  }

  /** Runs something where the script runs. */
  run(words: string): void {
    const [child] = readFileSync(`/proc/${this.child.pid}/task/${this.child.pid}/children`, 'utf8').trim().split(' ')
    const args = ['--net', '--mount', '--pid', '--target', child!, '--', 'sh', '-c', words]
    const ran = spawn('nsenter', args, { stdio: 'ignore' })
    onTestFinished(() => void ran.kill())
  }
}

const isChain = (name: string) => (message: NodeMessage) =>
  message.kind === 'text' && message.name === `iptables/${name}`

const isChange = (subject: string) => (message: NodeMessage) => message.kind === 'rules' && message.subject === subject

describe.skipIf(isLeftOut('script'))('the script that follows a node', () => {
  test.each(SHELLS)('in %s: what has changed and no more, connections, and an end with its input', async (shell) => {
    const node = new Followed(`${shell} -s`)
    const first = await node.until(isChain(CHAIN))
    expect(first).toMatchObject({ lines: expect.arrayContaining([expect.stringContaining('(1 references)')]) })
    expect(node.messages[0]).toEqual({ kind: 'hello' })
    expect(node.messages).toContainEqual({ kind: 'events', source: 'conntrack', reason: null })
    await node.until(({ kind }) => kind === 'tick', node.messages.length)
    const quiet = node.messages.length
    await node.until(({ kind }) => kind === 'tick', quiet + 2)
    expect(node.messages.slice(quiet).filter(isChain(CHAIN))).toEqual([])

    node.run(`busybox nc -l -p 8080 -e true & sleep 0.3; echo | timeout 2 busybox nc 10.96.1.2 80`)
    expect(await node.until(({ kind }) => kind === 'connection')).toMatchObject({
      what: 'NEW',
      flow: { protocol: 'TCP', state: 'SYN_SENT', entry: '10.96.1.2:80', endpoint: '127.0.0.1:8080', unreplied: true },
    })
    const counted = await node.until(isChain(CHAIN), quiet)
    expect(counted).toMatchObject({
      lines: [expect.anything(), expect.anything(), expect.stringMatching(/^ +1 .*SEP/)],
    })

    const before = node.messages.length
    node.run(`iptables-nft -t nat -F KUBE-SERVICES; iptables-nft -I FORWARD -j DROP`)
    expect(await node.until(isChain(CHAIN), before)).toMatchObject({
      lines: expect.arrayContaining([expect.stringContaining('(0 references)')]),
    })
    await node.until(isChange('rules in ip table filter'), before)
    node.child.stdin.end()
    expect(await node.ended).toBe(0)
  })

  test.each(SHELLS)('in %s: it ends where no beat comes, and where nobody reads', async (shell) => {
    const hasty = followScript(service, FRAME).replace(/^PATIENCE=\d+$/m, 'PATIENCE=1')
    const forgotten = new Followed(
      `${shell} -s; sleep 0.5; ps -e -o comm= | grep -c -e conntrack -e awk -e sleep -e xtables -e '^ip' >&2`,
      {
        script: hasty,
      },
    )
    let left = ''
    forgotten.child.stderr.on('data', (text) => {
      left += text
    })
    await forgotten.ended
    expect(forgotten.messages).toContainEqual({ kind: 'events', source: 'conntrack', reason: null })
    expect(left.trim().split('\n').at(-1)).toBe('0')
    const deaf = new Followed(`${shell} -s`)
    await deaf.until(({ kind }) => kind === 'tick')
    deaf.child.stdout.destroy()
    const beats = setInterval(() => deaf.child.stdin.write('\n'), 100)
    await deaf.ended
    clearInterval(beats)
  })

  test.each(SHELLS)(
    'in %s: what others change is seen at once, and nothing is read where nothing changes',
    async (shell) => {
      const node = new Followed(`${shell} -s`, {
        setup: `${SETUP} iptables-nft -N DEEP; iptables-nft -A FORWARD -j DEEP;`,
      })
      const isFresh = (message: NodeMessage) =>
        message.kind === 'tick' && message.ages !== null && Object.values(message.ages).every((age) => age === 0)
      await node.until(isFresh)
      const quiet = node.messages.length
      await node.until(isFresh, quiet + 3)
      expect(node.messages.slice(quiet).filter(({ kind }) => kind === 'rules')).toEqual([])
      for (const [words, subject] of [
        ['iptables-nft -A DEEP -s 192.0.2.1 -j DROP', 'rules in ip table filter'],
        [
          'nft add table inet own; nft add chain inet own x "{ type filter hook forward priority 0; }"',
          'rules in tables of nft',
        ],
        ['ip route add 192.0.2.0/24 dev lo', 'routes or links'],
      ] as const) {
        const before = node.messages.length
        node.run(words)
        await node.until(isChange(subject), before)
      }
      node.child.stdin.end()
      expect(await node.ended).toBe(0)
    },
  )

  test('without awk and conntrack: all lines, and the table of connections', async () => {
    const folder = '/run/bare'
    const tools = 'cat grep sed sleep tr timeout ip iptables-nft iptables-nft-save nft sh head date uname ls'
    const links = `mkdir ${folder}; for one in ${tools}; do ln -s "$(command -v $one)" ${folder}/$one; done`
    const script = followScript(service, FRAME).replace(/^PATH=.*$/m, `PATH=${folder}`)
    const bare = script.replace(/^ {2}\[ -d "\$d" \] && PATH=.*$/m, '  :')
    const node = new Followed('dash -s', { setup: `${SETUP}${links}`, script: bare })
    await node.until(isChain(CHAIN))
    expect(node.messages.find(({ kind }) => kind === 'events')).toMatchObject({
      source: expect.stringMatching(/^(table|none)$/),
    })
    node.child.stdin.end()
    expect(await node.ended).toBe(0)
  })
})

test('what comes from outside is no part of the script', () => {
  const evil = "'; reboot; '"
  const script = followScript(
    {
      ...{ namespace: evil, name: evil, addresses: [evil, '10.0.0.1'], endpoints: [], podAddresses: [evil] },
      ports: [{ name: evil, port: 80, protocol: 'TCP', nodePort: 30080 }],
    },
    FRAME,
  )
  expect(script.replaceAll(`'\\''`, '')).not.toContain(evil)
  expect(() => followScript(service, '$(reboot)')).toThrow('8 hexadecimal digits')
})
