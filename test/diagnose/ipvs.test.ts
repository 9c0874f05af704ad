/** What comes near a fault in IPVS mode, and what is told of it. */
import { describe, expect, test } from 'vitest'
import { type Files, findingsIn, objects, reportIn } from './bend.ts'
import { all, type Bend, each, edit, json, routes, sysctl, text } from './bendings.ts'

const capture = 'k8s-1.32-ipvs'

/** Leaves one list of virtual servers, so that bending it is enough. */
const oneList =
  (node: string): Bend =>
  (files: Files) => {
    for (const path of [...files.keys()])
      if (path.startsWith(`nodes/${node}/`) && /\/(ipvsadm-(Sn|Ln-.*)|proc-net-ip_vs)\.txt$/.test(path))
        files.delete(path)
  }

const list = (node: string, pattern: RegExp, by: string): Bend =>
  all(oneList(node), edit(`nodes/${node}/ipvsadm-Ln.txt`, pattern, by))

/** `web`'s own virtual server with what belongs to it. */
const WEB = /^TCP {2}10\.96\.244\.84:80 rr\n( {2}->.*\n)+/m

const without =
  (...names: readonly string[]): Bend =>
  (files: Files) => {
    for (const path of [...files.keys()])
      if (path.startsWith('nodes/n2/') && names.some((name) => path.includes(name))) files.delete(path)
  }

/** Without what every service of this capture has: kube-proxy was slow there, and pods were gone before it knew. */
const found = async (files: Bend, service = 'shop/web') =>
  (await findingsIn({ capture, service, files })).filter(({ code }) => code !== 'SVP320' && code !== 'SVP112')

const told = async (files: Bend, service = 'shop/web') =>
  (await found(files, service)).map(({ code, node }) => (node ? `${code} ${node}` : code))

const entryOf = async (files: Bend, service = 'shop/web') =>
  (await reportIn({ capture, service, files })).nodes.find(({ name }) => name === 'n2')!.entries[0]!

describe('one virtual server', () => {
  test('is missing: nobody takes the connection', async () => {
    expect(await told(list('n2', WEB, ''))).toEqual(['SVP302 n2'])
    expect((await entryOf(list('n2', WEB, ''))).reason).toBe('no virtual server on n2 takes it')
  })

  test('is missing, and the sets do not know it either: it is rejected before', async () => {
    const bend = all(
      list('n2', WEB, ''),
      edit('nodes/n2/ipset.txt', 'add KUBE-CLUSTER-IP 10.96.244.84,tcp:80\n', ''),
      without('ipset-list'),
    )
    expect(await entryOf(bend)).toMatchObject({
      outcome: 'reject',
      verdict: 'broken',
      stop: { chain: 'KUBE-IPVS-FILTER' },
    })
    expect(await told(bend)).toEqual(['SVP302 n2'])
  })

  test('lost its real servers', async () => {
    const bend = list('n2', WEB, 'TCP  10.96.244.84:80 rr\n')
    const entry = await entryOf(bend)
    expect(entry).toMatchObject({ outcome: 'reject', verdict: 'broken' })
    expect(entry.reason).toBe(
      'rejected by the virtual server 10.96.244.84:80, which has no real server, although 5 endpoints are ready',
    )
    expect(await told(bend)).toEqual(['SVP310 n2'])
  })

  test('leads to a pod that is gone', async () => {
    expect(await told(list('n2', /(10\.96\.244\.84:80 rr\n {2}-> 10\.244\.)1\.4/, '$11.99'))).toEqual(['SVP303 n2'])
  })

  test('holds ready endpoints with weight 0', async () => {
    const one = list('n2', /(10\.96\.244\.84:80 rr\n {2}-> 10\.244\.1\.4:8080 +Masq +)1/, '$10')
    expect(await told(one)).toEqual(['SVP328 n2'])
    const every = list(
      'n2',
      WEB,
      [
        'TCP  10.96.244.84:80 rr',
        ...['1.4', '2.2', '2.4', '3.3', '3.4'].map(
          (end) => `  -> 10.244.${end}:8080              Masq    0      0          0`,
        ),
      ]
        .join('\n')
        .concat('\n'),
    )
    expect(await told(every)).toEqual(['SVP328 n2'])
    expect((await entryOf(every)).reason).toContain('which has no real server of a weight above 0')
  })

  test.each([
    ['a word for its forwarding', /(10\.96\.244\.84:80 rr\n {2}-> 10\.244\.1\.4:8080 +)Masq/, '$1Maskq'],
    ['a word for its weight', /(10\.96\.244\.84:80 rr\n {2}-> 10\.244\.1\.4:8080 +Masq +)1/, '$1one'],
    ['the name of a host', /(10\.96\.244\.84:80 rr\n {2}-> )10\.244\.1\.4:8080/, '$1web-1.shop:http-alt'],
    ['no arrow', /(10\.96\.244\.84:80 rr\n) {2}-> 10\.244\.1\.4:8080/, '$1  10.244.1.4:8080'],
  ])('has a real server that cannot be read: %s', async (_, pattern, by) => {
    const bend = list('n2', pattern, by)
    expect(await entryOf(bend)).toMatchObject({ verdict: 'unknown' })
    expect((await told(bend)).filter((code) => !code.startsWith('SVP8'))).toEqual([])
  })

  test('leads by weights that are not even', async () => {
    const bend = list('n2', /(10\.96\.244\.84:80) rr(\n {2}-> 10\.244\.1\.4:8080 +Masq +)1/, '$1 wrr$26')
    expect((await entryOf(bend)).endpoints.map(({ probability }) => probability)).toEqual([0.6, 0.1, 0.1, 0.1, 0.1])
  })

  test.each([
    ['Route', 'direct routing'],
    ['Tunnel', 'a tunnel'],
  ])('hands packets on as they are (%s): to whom is known, and what becomes of it is not', async (forward, how) => {
    const bend = list('n2', /(10\.96\.244\.84:80 rr\n {2}-> 10\.244\.1\.4:8080 +)Masq/, `$1${forward}`)
    const entry = await entryOf(bend)
    expect(entry).toMatchObject({ outcome: 'dnat', verdict: 'unknown' })
    expect(entry.endpoints).toHaveLength(5)
    expect(entry.endpoints[0]).toMatchObject({
      ...{ address: '10.244.1.4', port: 8080, probability: 0.2, state: 'ready', fate: 'unknown' },
      ...{ untranslated: true, link: { via: '172.30.0.11' } },
    })
    expect(entry.endpoints[0]!.reason).toContain(`handed to 10.244.1.4 by ${how} and keeps its destination`)
    expect(entry.endpoints.slice(1).every((one) => one.untranslated === undefined && one.fate !== 'unknown')).toBe(true)
    expect(await told(bend)).toEqual([])
  })

  test('hands packets on to a server that there is no way to', async () => {
    const bend = all(
      list('n2', WEB, 'TCP  10.96.244.84:80 rr\n  -> 198.18.0.9:8080 Route 1 0 0\n'),
      json('nodes/n2/ip-route.json', (every) => every.filter(({ dst }) => dst !== 'default')),
    )
    expect((await entryOf(bend)).endpoints[0]).toMatchObject({
      address: '198.18.0.9',
      fate: 'drop',
      stop: { kind: 'route' },
    })
  })

  test('of direct routing passes output, and a drop there ends it; in a tunnel it is another packet', async () => {
    const output = edit(
      'nodes/n2/iptables-save.txt',
      /(\*filter\n:INPUT .*\n:FORWARD .*\n):OUTPUT ACCEPT/,
      '$1:OUTPUT DROP',
    )
    const fateOf = async (forward: string) => {
      const bend = list('n2', /(10\.96\.244\.84:80 rr\n {2}-> 10\.244\.1\.4:8080 +)Masq/, `$1${forward}`)
      return (await entryOf(all(bend, output))).endpoints[0]!.fate
    }
    expect([await fateOf('Route'), await fateOf('Tunnel')]).toEqual(['drop', 'unknown'])
  })

  test('by a mark takes what the rules mark, whatever other server there is', async () => {
    const marked = all(
      list('n2', /$/, 'FWM  1481 rr\n  -> 10.244.2.2:8080 Tunnel 1 0 0\n'),
      edit(
        'nodes/n2/iptables-save.txt',
        /^(?=\*filter)/m,
        '*mangle\n:PREROUTING ACCEPT [0:0]\n[0:0] -A PREROUTING -d 10.96.244.84/32 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x5c9/0xffffffff\nCOMMIT\n',
      ),
    )
    const entry = await entryOf(marked)
    expect(entry.chains).toContain('mark 1481')
    expect(entry.endpoints[0]).toMatchObject({ address: '10.244.2.2', probability: 1, untranslated: true })
  })

  test('that hands on as it is makes no lost connection of one that conntrack sees unanswered', async () => {
    const unanswered = edit(
      'nodes/n2/conntrack.txt',
      /^/,
      'ipv4     2 tcp      6 112 SYN_SENT src=10.244.2.3 dst=10.96.244.84 sport=38308 dport=80 [UNREPLIED] src=10.96.244.84 dst=10.244.2.3 sport=80 dport=38308 mark=0 use=1\n',
    )
    const routed = list('n2', /(10\.96\.244\.84:80 rr\n {2}-> 10\.244\.1\.4:8080 +)Masq/, '$1Route')
    expect(await told(unanswered)).toContain('SVP602 n2')
    expect(await told(all(unanswered, routed))).not.toContain('SVP602 n2')
  })
})

describe('an ipset', () => {
  const limit = (set: string, most: (members: number) => number): Bend =>
    all(without('ipset-list'), (files: Files) => {
      const path = 'nodes/n2/ipset.txt'
      const before = files.get(path)!
      const members = before.split('\n').filter((line) => line.startsWith(`add ${set} `)).length
      expect(members).toBeGreaterThan(0)
      const after = before.replace(new RegExp(`^(create ${set} .*maxelem) 65536`, 'm'), `$1 ${most(members)}`)
      expect(after).not.toBe(before)
      files.set(path, after)
    })

  test('that is full takes no more', async () => {
    const [one] = await found(limit('KUBE-CLUSTER-IP', (members) => members))
    expect(one).toMatchObject({ code: 'SVP333', node: 'n2', subject: 'the ipset KUBE-CLUSTER-IP' })
    expect(one!.evidence[0]!.text).toMatch(/^create KUBE-CLUSTER-IP hash:ip,port .* members\)$/)
  })

  test('with one place left is well, and so is a full one of another family or program', async () => {
    expect(await told(limit('KUBE-CLUSTER-IP', (members) => members + 1))).toEqual([])
    const other = edit(
      'nodes/n2/ipset.txt',
      /^/,
      'create blocked hash:ip family inet hashsize 1024 maxelem 1\nadd blocked 192.0.2.1\n',
    )
    expect(await told(other)).toEqual([])
    const six = edit(
      'nodes/n2/ipset.txt',
      /^/,
      'create KUBE-6-X hash:ip family inet6 hashsize 1024 maxelem 1\nadd KUBE-6-X fd00::1\n',
    )
    expect(await told(six)).toEqual([])
  })
})

describe('what comes before and behind', () => {
  test('input drops: the virtual server never sees it', async () => {
    const bend = edit('nodes/n2/iptables-save.txt', /(\*filter\n):INPUT ACCEPT/, '$1:INPUT DROP')
    expect(await entryOf(bend)).toMatchObject({
      outcome: 'drop',
      verdict: 'broken',
      stop: { kind: 'policy', chain: 'INPUT' },
    })
  })

  test('output drops what IPVS sends on', async () => {
    const bend = edit(
      'nodes/n2/iptables-save.txt',
      /(\*filter\n:INPUT .*\n:FORWARD .*\n):OUTPUT ACCEPT/,
      '$1:OUTPUT DROP',
    )
    const entry = await entryOf(bend)
    expect(entry).toMatchObject({ outcome: 'dnat', verdict: 'broken' })
    expect(entry.endpoints[0]).toMatchObject({ fate: 'drop', stop: { chain: 'OUTPUT' } })
  })

  test('a kernel that forwards nothing loses the answers', async () => {
    const bend = edit('nodes/n2/sysctl.txt', /net\.ipv4\.ip_forward = 1/, 'net.ipv4.ip_forward = 0')
    expect((await entryOf(bend)).endpoints[0]).toMatchObject({ fate: 'drop', stop: { kind: 'setting' } })
  })

  test('rules of iptables mode that are left translate first', async () => {
    const old =
      ':KUBE-SVC-OLDOLDOLDOLDOLDO - [0:0]\n:KUBE-SEP-OLDOLDOLDOLDOLDO - [0:0]\n' +
      '-A KUBE-SERVICES -d 10.96.244.84/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-OLDOLDOLDOLDOLDO\n' +
      '-A KUBE-SVC-OLDOLDOLDOLDOLDO -j KUBE-SEP-OLDOLDOLDOLDOLDO\n' +
      '-A KUBE-SEP-OLDOLDOLDOLDOLDO -p tcp -m tcp -j DNAT --to-destination 10.244.1.77:8080\n'
    const bend = edit('nodes/n2/iptables-save.txt', /(\*nat\n(?::.*\n)+)/, `$1${old}`)
    expect(await told(bend)).toEqual(['SVP306 n2'])
    expect((await entryOf(bend)).endpoints.filter(({ probability }) => probability > 0)).toMatchObject([
      { address: '10.244.1.77' },
    ])
  })
})

describe('what was not collected is not known, and nothing is wrong for that', () => {
  test.each([
    ['the virtual servers', without('ipvsadm', 'proc-net-ip_vs')],
    ['the ipsets', without('ipset')],
    // Of which the kernel's own list has a page: `web` is not on it.
    ['what ipvsadm says', without('ipvsadm')],
  ])('%s', async (_what, files) => {
    const entry = await entryOf(files)
    expect(['unknown', 'reachable']).toContain(entry.verdict)
    expect((await told(files)).filter((code) => !/SVP8\d\d/.test(code))).toEqual([])
  })
})

describe('settings of the kernel', () => {
  const settings = async (bend: Bend, service = 'shop/web-np') =>
    (await found(bend, service)).map(({ code, severity, subject }) => [code, severity, subject])

  test('what is not tracked is not masqueraded: node ports fail', async () => {
    const bend = sysctl('n2', 'net.ipv4.vs.conntrack', '0')
    expect(await settings(bend)).toEqual([['SVP331', 'error', 'net.ipv4.vs.conntrack']])
    // Pods of the cluster need no masquerading.
    expect(await settings(bend, 'shop/web')).toEqual([['SVP331', 'warning', 'net.ipv4.vs.conntrack']])
  })

  test('conn_reuse_mode is harmless from kernel 5.9 on', async () => {
    const reuse = sysctl('n2', 'net.ipv4.vs.conn_reuse_mode', '1')
    expect(await settings(all(reuse, text('nodes/n2/uname-r.txt', '5.10.0\n')))).toEqual([])
    expect(await settings(all(reuse, text('nodes/n2/uname-r.txt', '5.4.0-100-generic\n')))).toEqual([
      ['SVP331', 'warning', 'net.ipv4.vs.conn_reuse_mode'],
    ])
  })

  test('strict ARP of one interface may be that of the network', async () => {
    const speaker: Bend = (files) =>
      objects(files, 'pods', (items) => {
        items.push({ ...items[0], metadata: { namespace: 'kube-system', name: 'kube-vip-n1', labels: {} } })
      })
    expect(await settings(speaker, 'shop/web-lb')).toEqual([['SVP330', 'warning', '203.0.113.10']])
    const one = each((node) => sysctl(node, 'net.ipv4.conf.eth0.arp_ignore', '1'))
    expect(await settings(all(speaker, one), 'shop/web-lb')).toEqual([])
  })
})

describe('what IPVS mode left on a node in iptables mode', () => {
  const iptables = 'k8s-1.36-iptables-nft-bridge'
  const link = (address: string): Bend =>
    json('nodes/n2/ip-addr.json', (every) => [
      ...every,
      {
        ...{ ifindex: 99, ifname: 'kube-ipvs0', flags: ['BROADCAST', 'NOARP'], mtu: 1500, link_type: 'ether' },
        addr_info: [{ family: 'inet', local: address, prefixlen: 32, scope: 'global' }],
      },
    ])
  const local = (address: string): Bend =>
    routes('n2', (every) => [
      ...every,
      { type: 'local', dst: address, dev: 'kube-ipvs0', table: 'local', protocol: 'kernel', scope: 'host', flags: [] },
    ])
  const servers = text(
    'nodes/n2/ipvsadm-Sn.txt',
    '-A -t 10.96.244.84:80 -s rr\n-a -t 10.96.244.84:80 -r 10.244.1.77:8080 -m -w 1\n',
  )

  test('is a warning: rules translate first', async () => {
    const files = all(link('10.96.244.84'), local('10.96.244.84'), servers)
    const report = await reportIn({ capture: iptables, files })
    expect(report.verdict).toBe('reachable')
    expect(report.findings.map(({ code, node, severity }) => [code, node, severity])).toEqual([
      ['SVP306', 'n2', 'warning'],
    ])
    expect(report.findings[0]!.message).toContain('holds 1 service address, and IPVS has 1 virtual server')
  })

  test('takes what no rule takes', async () => {
    const gone = edit('nodes/n2/iptables-save.txt', /^.*-A KUBE-SERVICES -d 10\.96\.244\.84\/32 .*\n/m, '')
    const files = all(link('10.96.244.84'), local('10.96.244.84'), servers, gone)
    const { nodes } = await reportIn({ capture: iptables, files })
    const [entry] = nodes.find(({ name }) => name === 'n2')!.entries
    expect(entry!.endpoints.filter(({ probability }) => probability > 0)).toMatchObject([
      { address: '10.244.1.77', state: 'stale' },
    ])
  })

  test('virtual servers alone may be of somebody else', async () => {
    expect(await findingsIn({ capture: iptables, files: servers })).toEqual([])
  })
})
