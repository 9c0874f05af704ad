import { readdirSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { formatAddress, parseAddress } from '../../../src/model/address.ts'
import type { Ipvs, RealServer, VirtualServer } from '../../../src/model/ipvs.ts'
import { parseIpvs } from '../../../src/parse/ipvs/ipvs.ts'
import { mergeIpvs } from '../../../src/parse/ipvs/merge.ts'
import { recognise } from '../../../src/parse/recognise.ts'
import { captureFiles, IPVS_CAPTURES } from '../../fixtures.ts'
import { fixture, survivesJunk } from '../host/fixture.ts'

/** The files of every node of every IPVS capture, by `CAPTURE/NODE` and name. */
const nodes = new Map<string, Map<string, string>>()
for (const { capture, path, text } of await captureFiles((path) => path.includes('nodes/'), IPVS_CAPTURES)) {
  const [node, file] = path.split('/').slice(-2)
  const files = nodes.get(`${capture}/${node}`) ?? new Map<string, string>()
  nodes.set(`${capture}/${node}`, files.set(file!, text))
}

const read = (text: string): Ipvs => {
  const { value: ipvs, problems } = parseIpvs(text, 'f')
  expect(problems).toEqual([])
  return ipvs!
}

describe.each([...nodes])('%s', (_name, files) => {
  const of = (file: string) => read(files.get(file)!)

  it('reads ipvsadm -Sn so that it prints back as it was', () => {
    const text = files.get('ipvsadm-Sn.txt')!
    expect(of('ipvsadm-Sn.txt').servers.flatMap(printSaved)).toEqual(text.trimEnd().split('\n').map(sameOptions))
  })

  it('reads ipvsadm -Ln so that it prints back as it was', () => {
    const { servers, whole } = of('ipvsadm-Ln.txt')
    expect(whole).toBe(true)
    const lines = files.get('ipvsadm-Ln.txt')!.split('\n').slice(3)
    expect(servers.flatMap(printListed)).toEqual(
      lines.flatMap((line) => (line ? [line.trim().replace(/\s+/g, ' ')] : [])),
    )
  })

  it('finds in /proc/net/ip_vs what ipvsadm says', () => {
    // Of what /proc has, and in its order.
    const seen = ({ servers }: Ipvs) =>
      servers
        .map(({ service, scheduler, persistence, realServers }) => ({
          ...{ service, scheduler, held: persistence !== 'none' },
          real: realServers
            .map(({ source, ...rest }) => rest)
            .sort((a, b) => (`${a.address}` < `${b.address}` ? -1 : 1)),
        }))
        .map((server) => JSON.stringify(server))
    const proc = of('proc-net-ip_vs.txt')
    expect(proc.servers.length).toBeGreaterThan(5)
    expect(seen(of('ipvsadm-Ln.txt'))).toEqual(expect.arrayContaining(seen(proc)))
    // Three nodes on one machine: the kernel's list ends after a page.
    expect(proc.whole).toBe(false)
  })

  it('finds in /proc/net/ip_vs_conn what ipvsadm -Lnc says', () => {
    const seen = (file: string) =>
      (parseIpvs(files.get(file)!, 'f').value!.connections ?? [])
        .map(({ source, expires, state, ...rest }) => JSON.stringify(rest))
        .sort()
    expect(parseIpvs(files.get('proc-net-ip_vs_conn.txt')!, 'f').problems).toEqual([])
    expect(parseIpvs(files.get('ipvsadm-Lnc.txt')!, 'f').problems).toEqual([])
    expect(seen('proc-net-ip_vs_conn.txt')).toEqual(seen('ipvsadm-Lnc.txt'))
    expect(seen('ipvsadm-Lnc.txt')).toHaveLength(files.get('ipvsadm-Lnc.txt')!.trim().split('\n').length - 2)
  })

  it('adds counters and weights to one list, whatever the order', () => {
    const all = [
      'ipvsadm-Sn',
      'ipvsadm-Ln',
      'ipvsadm-Ln-stats-exact',
      'ipvsadm-Ln-rate',
      'ipvsadm-Ln-thresholds',
      'ipvsadm-Ln-persistent-conn',
    ]
    const lists = all.map((name) => of(`${name}.txt`))
    const one = lists.reduce(mergeIpvs)
    const other = lists.toReversed().reduce(mergeIpvs)
    const sorted = ({ servers }: Ipvs) =>
      servers
        .map((server) => ({
          ...server,
          source: null,
          realServers: server.realServers.map((real) => ({ ...real, source: null })),
        }))
        .sort((a, b) => (JSON.stringify(a.service) < JSON.stringify(b.service) ? -1 : 1))
    expect(sorted(one)).toEqual(sorted(other))
    for (const server of one.servers) {
      expect(server.told).toBe('save')
      expect(Object.entries(server).filter(([, value]) => value === null)).toEqual([['firewallMark', null]])
      for (const real of server.realServers) expect(Object.values(real)).not.toContain(null)
    }
  })

  it('tells each of its files by what it holds', () => {
    for (const [file, text] of files) {
      if (/^(ipvsadm-[LS]n|proc-net-ip_vs(_conn)?\.)/.test(file))
        expect([file, recognise(text)]).toEqual([file, 'ipvs'])
      else expect([file, recognise(text)]).not.toEqual([file, 'ipvs'])
    }
  })
})

test('the counters of a node are what its traffic was', () => {
  const { servers } = read(nodes.get('k8s-1.32-ipvs/n1')!.get('ipvsadm-Ln-stats-exact.txt')!)
  const web = servers.find(({ service }) => service?.address === '10.96.244.84')!
  expect(web.counters).toEqual({ connections: 35, packetsIn: 175, packetsOut: 175, bytesIn: 10_990, bytesOut: 14_875 })
  expect(web.realServers.map(({ counters }) => counters?.connections)).toEqual([7, 7, 7, 7, 7])
})

test('a real server that is being let go has weight 0 and its connections', () => {
  const { servers } = read(nodes.get('broken-ipvs-graceful-stale-noaddr/n1')!.get('ipvsadm-Ln.txt')!)
  const web = servers.find(({ service }) => service?.address === '10.96.244.84')!
  expect(web.realServers.find(({ address }) => address === '10.244.2.4')).toMatchObject({
    ...{ forwarding: 'masquerade', weight: 0, activeConnections: 1, inactiveConnections: 0 },
  })
})

test('a template of persistence says which client is held to what', () => {
  const connections = parseIpvs(nodes.get('k8s-1.32-ipvs/n1')!.get('ipvsadm-Lnc.txt')!, 'f').value!.connections
  expect(connections!.filter(({ template }) => template)).toMatchObject([
    {
      ...{ protocol: 'tcp', state: 'ASSURED', client: { address: '10.244.1.3', port: 0 } },
      virtual: { address: '10.96.139.133', port: 80 },
      destination: { address: '10.244.3.4', port: 8080 },
    },
  ])
})

describe('forms that kube-proxy does not use', () => {
  const sections = fixture('ipvs/real-forms.txt').split(/^\$ /m)
  const section = (command: string): string => {
    const found = sections.find((one) => one.startsWith(`${command}\n`))!
    return found.slice(found.indexOf('\n') + 1).replace(/^\(rc \d\)\n\n?$/m, '')
  }

  it('reads ipvsadm -Sn', () => {
    const { servers } = read(section('ipvsadm -Sn'))
    expect(servers.map(summary)).toEqual([
      'tcp 10.96.0.5:80 mh [mh-port] none: 10.244.1.4:8080 masquerade 1',
      'tcp 10.96.0.6:80 sh [sh-fallback,sh-port] none: 10.244.1.4:8080 masquerade 1',
      'tcp 10.96.0.9:80 rr [] 600/255.255.255.0:',
      'udp 10.96.0.7:53 wlc [ops] none: 10.244.1.4:53 masquerade 3',
      'sctp 10.96.0.8:132 rr [] none: 10.244.1.4:132 masquerade 1',
      'tcp fd00:10:96::1:443 rr [] none: fd00:10:244:1::4:6443 masquerade 1',
      'tcp fd00:10:96::b:80 rr [] 10800/null: fd00:10:244:1::4:8080 masquerade 0',
      'mark 1481 rr [] none: 10.244.2.11:0 tunnel 1, 10.244.3.9:0 route 1',
    ])
    expect(servers.at(-1)!.family).toBe(4)
  })

  it('reads ipvsadm -Ln as it reads -Sn', () => {
    const plain = read(section('ipvsadm -Ln')).servers
    expect(plain.map(summary)).toEqual(read(section('ipvsadm -Sn')).servers.map(summary))
  })

  it('reads /proc/net/ip_vs, where flags are missing and persistence is in ticks', () => {
    const { servers, whole } = read(section('cat /proc/net/ip_vs'))
    expect(whole).toBe(false)
    expect(servers.map(summary).sort()).toEqual(
      read(section('ipvsadm -Sn'))
        .servers.map(({ flags, persistence, realServers, ...rest }) =>
          summary({
            ...rest,
            flags: flags!.filter((flag) => flag === 'ops'),
            persistence: persistence === 'none' ? 'none' : { ...persistence!, seconds: null },
            realServers: realServers.toSorted((a, b) => (rest.firewallMark && a.address < b.address ? 1 : -1)),
          }),
        )
        .sort(),
    )
  })

  it('reads the lists of counters and thresholds', () => {
    for (const command of ['ipvsadm -Ln --stats', 'ipvsadm -Ln --stats --exact', 'ipvsadm -Ln --thresholds'])
      expect(read(section(command)).servers).toHaveLength(8)
  })

  it('does not take one server for the whole list', () => {
    expect(read(section('ipvsadm -Ln -t 10.96.0.5:80'))).toMatchObject({ whole: false, servers: [{ scheduler: 'mh' }] })
    expect(parseIpvs(section('ipvsadm -Ln -t 10.96.0.99:80'), 'f')).toEqual({
      value: null,
      problems: [],
    })
    const asked = `$ ipvsadm -Ln -t 10.96.0.99:80\n${section('ipvsadm -Ln -t 10.96.0.99:80')}`
    expect(read(asked)).toEqual({
      servers: [],
      whole: false,
      absent: [{ protocol: 'tcp', address: '10.96.0.99', port: 80 }],
      connections: null,
    })
  })

  it.each(['ipvsadm -S', 'ipvsadm -L'])('resolves no names: %s', (command) => {
    const { value: ipvs, problems } = parseIpvs(section(command), 'f')
    expect(ipvs!.whole).toBe(false)
    expect(ipvs!.servers.map(summary)).toEqual([
      'sctp 10.96.0.8:132 rr [] none: 10.244.1.4:132 masquerade 1',
      expect.stringMatching(/^mark 1481 rr/),
    ])
    expect(problems.length).toBeGreaterThan(0)
  })
})

describe('what people pasted', () => {
  const names = readdirSync(new URL('../../fixtures/ipvs/', import.meta.url)).filter((name) =>
    name.startsWith('ipvsadm'),
  )

  it.each(names)('%s', (name) => {
    // Whoever takes the prompts away is somebody else.
    const text = fixture(`ipvs/${name}`).replace(/^([#$]|\[root).*\n/gm, '')
    expect(recognise(text)).toBe('ipvs')
    const { value: ipvs, problems } = parseIpvs(text, name)
    expect(problems).toEqual([])
    expect(ipvs!.servers.length).toBeGreaterThan(0)
  })

  it('reads a list that begins in its midst', () => {
    const text = 'TCP  10.0.0.1:443 rr\n  -> 10.240.255.5:443             Masq    1      1          0\n'
    expect(recognise(text)).toBe('ipvs')
    expect(read(text)).toMatchObject({ whole: false, servers: [{ realServers: [{ activeConnections: 1 }] }] })
  })

  it('knows a rounded counter', () => {
    const text = `Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  10.0.0.1:443                     132K   10461M        0     2G     17
`
    expect(read(text).servers[0]!.counters).toEqual({
      ...{ connections: 132_000, packetsIn: 10_461_000_000, packetsOut: 0, bytesIn: 2_000_000_000, bytesOut: 17 },
      approximate: true,
    })
  })

  it('gives no real server to the virtual server before its own', () => {
    const text = 'TCP  10.0.0.1:443 rr\nTCP  web.example:http rr\n  -> 10.240.255.5:443 Masq 1 1 0\n'
    const { value: ipvs, problems } = parseIpvs(text, 'f')
    expect(ipvs!.servers.map(({ realServers }) => realServers)).toEqual([[]])
    expect(problems.map(({ line }) => line)).toEqual([2, 3])
  })
})

describe('junk', () => {
  survivesJunk((text, file) => {
    const { value, problems } = parseIpvs(text, file)
    return { items: [value], problems }
  }, fixture('ipvs/ipvsadm-Ln-udp-stale-76664.txt'))
})

const summary = ({ service, firewallMark, scheduler, flags, persistence, realServers }: VirtualServer): string => {
  const by = service ? `${service.protocol} ${service.address}:${service.port}` : `mark ${firewallMark}`
  const held = persistence === 'none' || !persistence ? persistence : `${persistence.seconds}/${persistence.mask}`
  const real = realServers.map(({ address, port, forwarding, weight }) => `${address}:${port} ${forwarding} ${weight}`)
  return `${by} ${scheduler} [${flags?.join(',')}] ${held}: ${real.join(', ')}`.trim()
}

/** As ipvsadm writes an address and port; it has IPv6 in its short form already. */
const place = ({ address, port }: { address: string; port: number }): string =>
  parseAddress(address)!.family === 6
    ? `[${formatAddress(6, parseAddress(address)!.value)}]:${port}`
    : `${address}:${port}`

const FLAGS = { tcp: '-t', udp: '-u', sctp: '--sctp-service' }
const sameOptions = (line: string) => line.trimEnd()

function printSaved({ service, scheduler, persistence, realServers }: VirtualServer): string[] {
  const by = `${FLAGS[service!.protocol]} ${place(service!)}`
  const held = persistence && persistence !== 'none' ? ` -p ${persistence.seconds}` : ''
  return [
    `-A ${by} -s ${scheduler}${held}`,
    ...realServers.map((real) => `-a ${by} -r ${place(real)} -m -w ${real.weight}`),
  ]
}

function printListed({ service, scheduler, persistence, realServers }: VirtualServer): string[] {
  const held = persistence && persistence !== 'none' ? ` persistent ${persistence.seconds}` : ''
  const real = (one: RealServer) =>
    `-> ${place(one)} Masq ${one.weight} ${one.activeConnections} ${one.inactiveConnections}`
  return [`${service!.protocol.toUpperCase()} ${place(service!)} ${scheduler}${held}`, ...realServers.map(real)]
}
