import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sample } from '../fixtures.ts'
import { essence, pasted } from './pasted.ts'

/** A piece of output, as a person shows it: the command, and what it printed. */
interface Shown {
  command: string
  output: string
}

const SAVE = sample('k3s-flannel/iptables-save-fragments.txt')
const NFT = `table ip kube-proxy {
	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.10.20 . tcp . 80 : goto service-KHN6ECMT-shop/web/tcp/http }
	}

	chain service-KHN6ECMT-shop/web/tcp/http {
		meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.1.5 . 8080, 1 : 10.244.2.6 . 8080 }
	}
}
`
const IPV6 = `-A KUBE-SERVICES -d fd00:10:96::a/128 -p tcp -m comment --comment "shop/six cluster IP" -m tcp --dport 80 -j KUBE-SVC-AAAAAAAAAAAAAAAA
-A KUBE-SVC-AAAAAAAAAAAAAAAA -m comment --comment "shop/six -> [fd00:10:244::5]:8080" -j KUBE-SEP-BBBBBBBBBBBBBBBB
-A KUBE-SEP-BBBBBBBBBBBBBBBB -p tcp -m comment --comment "shop/six" -m tcp -j DNAT --to-destination [fd00:10:244::5]:8080
`
const CONNTRACK =
  'tcp      6 86390 ESTABLISHED src=10.244.1.9 dst=10.96.10.20 sport=40000 dport=80 src=10.244.2.6 dst=10.244.1.9 sport=8080 dport=40000 [ASSURED] mark=0 use=1\n'
const LINKS = sample('gke-1.2-kubenet/ip-addr-after.txt')

const TUTORIALS: Record<string, Shown[]> = {
  k3s: [
    { command: 'kubectl get svc', output: sample('k3s-flannel/services.txt') },
    { command: 'kubectl get pods -o wide', output: sample('k3s-flannel/pods.txt') },
    { command: 'sudo iptables-save | grep nginx', output: SAVE },
    { command: 'arp -na', output: sample('k3s-flannel/arp.txt') },
    { command: 'brctl show cni0', output: sample('k3s-flannel/brctl-show.txt') },
    { command: 'cat /etc/resolv.conf', output: sample('k3s-flannel/test-pod-resolv.conf') },
  ],
  kops: [
    { command: 'kubectl get pods -o wide', output: sample('kops-aws-vpc/pods.txt') },
    { command: 'sudo iptables -t nat -L', output: sample('kops-aws-vpc/iptables-L.txt') },
  ],
  minikube: [
    { command: 'kubectl describe service nginx', output: sample('minikube-multinode/describe-service.txt') },
    { command: 'kubectl get endpoints nginx -o yaml', output: sample('minikube-multinode/endpoints.yaml') },
    { command: 'sudo iptables -t nat -nL', output: sample('minikube-multinode/iptables-nL.txt') },
  ],
  gke: [
    { command: 'kubectl get svc', output: sample('gke-1.2-kubenet/services.txt') },
    { command: 'sudo iptables-save', output: sample('gke-1.2-kubenet/iptables-save-after.txt') },
    { command: 'ip addr', output: LINKS },
    { command: 'route -n', output: sample('gke-1.2-kubenet/route-n.txt') },
  ],
  calico: [
    { command: 'kubectl get pods -o wide', output: sample('kubeadm-calico-aws/pods.txt') },
    { command: 'kubectl get ep x -o yaml', output: sample('kubeadm-calico-aws/endpoints.yaml') },
    { command: 'kubectl get svc x -o yaml', output: sample('kubeadm-calico-aws/service.yaml') },
    { command: 'sudo iptables-save | grep x', output: sample('kubeadm-calico-aws/iptables-save-fragments.txt') },
    { command: 'sudo iptables -L', output: sample('kubeadm-calico-aws/iptables-L-filter.txt') },
  ],
  nftables: [
    { command: 'sudo nft list ruleset', output: NFT },
    { command: 'sudo conntrack -L', output: CONNTRACK },
  ],
}

const PROSE = [
  'Let us look at how a packet finds its pod. First of all, the service:',
  'As you can see, kube-proxy wrote these rules (there are more of them on a real node).',
  'So far, so good! Next we log into the node and ask the kernel.',
  'Note: iptables rules are walked in order, and the first match wins.',
  '* one bullet\n* and another one, 10.244.1.5 is the pod\n1. a numbered one',
  '> It works on my machine, somebody said.',
]

const end = (text: string): string => text.replace(/\n*$/, '\n')

/** Ways to put a session into a document. */
const DOCUMENTS: Record<string, (shown: readonly Shown[]) => string> = {
  'a terminal session': (shown) =>
    `${shown.map(({ command, output }) => `root@n1:~# ${command}\n${end(output)}`).join('')}root@n1:~# \n`,
  'a session on a Red Hat': (shown) =>
    shown.map(({ command, output }) => `[root@n1 ~]# ${command}\n${end(output)}[root@n1 ~]# \n`).join(''),
  'plain prompts': (shown) => shown.map(({ command, output }) => `$ ${command}\n${end(output)}\n`).join(''),
  'Markdown with the command in the fence': (shown) =>
    shown
      .map(
        ({ command, output }, i) =>
          `## Step ${i + 1}\n\n${PROSE[i % 3]}\n\n\`\`\`sh\n$ ${command}\n${end(output)}\`\`\`\n`,
      )
      .join('\n'),
  'Markdown with the command before the fence': (shown) =>
    shown
      .map(({ command, output }, i) => `${PROSE[(i + 1) % PROSE.length]}\n\n    ${command}\n\n~~~\n${end(output)}~~~\n`)
      .join('\n'),
  'prose and output without any mark': (shown) =>
    shown.map(({ output }, i) => `${PROSE[i % PROSE.length]}\n\n${end(output)}\n`).join(''),
  'HTML of a blog': (shown) =>
    `<h1>The way of a packet</h1>\n${shown
      .map(
        ({ command, output }) =>
          `<p>Now this.</p>\n<pre><code>$ ${escaped(command)}\n${escaped(end(output))}</code></pre>\n`,
      )
      .join('')}`,
  'a CI log': (shown) =>
    `${shown.map(({ command, output }) => `Run ${command}\n${end(output)}`).join('')}done\n`
      .split('\n')
      .map((line, i) => `2026-11-27T10:${String(15 + (i % 40)).padStart(2, '0')}:00.1234567Z ${line}`)
      .join('\n'),
  'a mail that quotes it': (shown) =>
    `On Monday somebody wrote:\n${shown
      .map(({ command, output }) => `$ ${command}\n${end(output)}`)
      .join('')
      .split('\n')
      .map((line) => `> ${line}`)
      .join('\n')}\nAny idea?\n`,
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

describe.each(Object.keys(TUTORIALS))('%s: one document with all of it', (name) => {
  const shown = TUTORIALS[name]!
  const apart = essence(pasted(...shown.map(({ output }) => output)))
  test.each(Object.keys(DOCUMENTS))('%s', (form) => {
    const document = DOCUMENTS[form]!(shown)
    const whole = pasted(document)
    expect(essence(whole)).toEqual(apart)
    expect(whole.problems.filter(({ message }) => /not recognised|is no rule|not part of/.test(message))).toEqual([])
  })
})

test('a note says how much was used, and no line has a note of its own', () => {
  const { problems } = pasted(`Hello!\nThese are the rules:\n${IPV6}Thank you.\nBye.\n`)
  expect(problems.map(({ message }) => message)).toEqual(['1 piece of output read, 4 lines not used'])
})

describe('prompts name the node', () => {
  const names = (text: string) => pasted(text).nodes.map(({ name }) => name)
  test.each([
    ['root@n1:~# iptables-save', 'n1'],
    ['[root@n1 ~]# iptables-save', 'n1'],
    ['core@n1 ~ $ sudo iptables-save', 'n1'],
    ['n1# iptables-save', 'n1'],
    ['n1:~ # iptables-save', 'n1'],
    ['$ ssh n1 sudo iptables-save', 'n1'],
    ['$ ssh root@n1 "iptables-save | grep six"', 'n1'],
    ['$ kubectl debug node/n1 -it --image=busybox -- chroot /host iptables-save', 'n1'],
    ['$ docker exec kind-worker iptables-save', 'kind-worker'],
    ['bash-5.1# iptables-save', 'node'],
    ['/ # iptables-save', 'node'],
    ['❯ sudo iptables-save', 'node'],
    ['$ kubectl exec -n kube-system kube-proxy-x2k4z -- iptables-save', 'node'],
  ])('%s', (prompt, name) => expect(names(`${prompt}\n${IPV6}`)).toEqual([name]))

  test('two nodes in one session', () => {
    expect(names(`root@n1:~# iptables-save\n${IPV6}root@n2:~# iptables-save\n${IPV6}`)).toEqual(['n1', 'n2'])
  })

  test('a shell on another machine', () => {
    expect(names(`$ ssh n2\n$ sudo iptables-save\n${IPV6}`)).toEqual(['n2'])
  })

  test("a pod's own network is no node's", () => {
    const { nodes } = pasted(`$ kubectl exec web-5d4f7c-x2x1q -- ip addr\n${LINKS}`)
    expect(nodes).toEqual([])
  })
})

describe('what a command says of its output', () => {
  const tables = (text: string) =>
    pasted(text).nodes.flatMap(({ rulesets }) =>
      rulesets.flatMap((one) => one.tables.map((t) => `${t.family} ${t.name}`)),
    )
  test.each([
    ['# iptables -t mangle -S', 'ip mangle'],
    ['# iptables -S', 'ip filter'],
    ['# ip6tables -t nat -S', 'ip6 nat'],
  ])('%s', (command, table) => expect(tables(`${command}\n-N FOO\n-A FOO -j RETURN\n`)).toEqual([table]))

  test('kubectl -n', () => {
    const { cluster } = pasted(`$ kubectl -n shop get svc\nNAME  TYPE       CLUSTER-IP   EXTERNAL-IP  PORT(S)  AGE
web   ClusterIP  10.96.10.20  <none>       80/TCP   5d\n`)
    expect(cluster.services).toMatchObject([{ namespace: 'shop', name: 'web' }])
  })
})

/** What may stand before every line, or become of every line. */
const WRAPPINGS: Record<string, (text: string) => string> = {
  indented: (text) => each(text, (line) => `    ${line}`),
  'indented by a tab': (text) => each(text, (line) => `\t${line}`),
  quoted: (text) => each(text, (line) => `> ${line}`),
  'quoted twice': (text) => each(text, (line) => `> > ${line}`),
  'numbered by grep': (text) => each(text, (line, i) => `${i + 118}:${line}`),
  'numbered by cat': (text) => each(text, (line, i) => `${String(i + 1).padStart(6)}\t${line}`),
  'numbered by vim': (text) => each(text, (line, i) => `${String(i + 1).padStart(4)} ${line}`),
  'from a file': (text) => each(text, (line) => `dump.txt:${line}`),
  timestamped: (text) => each(text, (line) => `2026-11-27T10:15:00.123Z ${line}`),
  clocked: (text) => each(text, (line) => `[10:15:00] ${line}`),
  journaled: (text) => each(text, (line) => `Nov 27 10:15:00 n1 dump[123]: ${line}`),
  added: (text) => each(text, (line) => `+${line}`),
  framed: (text) => each(text, (line) => `| ${line}`),
  'with the line ends of Windows': (text) => text.replaceAll('\n', '\r\n'),
  'with no-break spaces': (text) => text.replaceAll(' ', '\u00a0'),
  'with typographic quotes': (text) => text.replaceAll(/"([^"\n]*)"/g, '“$1”'),
  'with long dashes': (text) => text.replaceAll(/ --(?=[a-z])/g, ' —').replaceAll(/^-(?=[A-Z] )/gm, '–'),
  'escaped for HTML': escaped,
  coloured: (text) => each(text, (line) => `\u001b[32m${line}\u001b[0m`),
  'in a JSON log line': (text) => `{"level":"info","msg":${JSON.stringify(text)}}\n`,
}

const each = (text: string, change: (line: string, i: number) => string): string =>
  end(text).slice(0, -1).split('\n').map(change).join('\n').concat('\n')

describe.each(Object.keys(WRAPPINGS))('lines %s', (name) => {
  test.each(
    Object.entries({
      save: SAVE,
      'save of IPv6': IPV6,
      nft: NFT,
      conntrack: CONNTRACK,
      listing: sample('minikube-multinode/iptables-nL.txt'),
      services: sample('k3s-flannel/services.txt'),
    }),
  )('%s', (_, text) => {
    expect(essence(pasted(WRAPPINGS[name]!(text)))).toEqual(essence(pasted(text)))
  })
})

test('any two wrappings, with prose around, read as the bare text', () => {
  const names = Object.keys(WRAPPINGS).filter((name) => !/JSON|HTML|from a file/.test(name))
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.constantFrom(...names), fc.constantFrom(...PROSE), (one, two, prose) => {
      // `++` heads a diff.
      fc.pre(one !== 'added' || two !== 'added')
      const text = `${prose}\n\n${WRAPPINGS[two]!(WRAPPINGS[one]!(IPV6))}\n${prose}\n`
      expect(essence(pasted(text))).toEqual(essence(pasted(IPV6)))
    }),
    { numRuns: 60 },
  )
})

test('text of any kind never throws, and costs no more than its length', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400, unit: 'binary' }), (text) => void pasted(text)),
    { numRuns: 200 },
  )
  const parts = [
    '{',
    '[',
    '> ',
    '12:',
    '-A X',
    '*nat',
    'table ip x {',
    'Name:  x',
    'kind: List',
    '\\n',
    '"',
    '\n',
    ' ',
    'Chain X (1 references)',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 60 }), (words) => void pasted(words.join(''))),
    { numRuns: 300 },
  )
})
