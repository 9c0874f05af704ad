import { describe, expect, it } from 'vitest'
import { parseBrctlShow, parseBrctlShowmacs, parseBridgeFdbText } from '../../../src/parse/host/bridge.ts'
import { parseIpLinkJson } from '../../../src/parse/host/ip-json.ts'
import { fixture, hostTool, readsLineByLine, survivesJunk } from './fixture.ts'

const n3 = (file: string) => fixture(`nodes/k8s-1.36-iptables-nft-bridge/n3/${file}`)

describe('brctl show', () => {
  it('reads a bridge with continuation lines', () => {
    expect(parseBrctlShow(fixture('samples/k3s-flannel/brctl-show.txt'), 'f')).toEqual({
      items: [
        { bridge: 'cni0', device: 'veth06f7413c', position: 1 },
        { bridge: 'cni0', device: 'veth39f5a18d', position: 2 },
      ],
      problems: [],
    })
  })

  it('reads several bridges, also one without ports', () => {
    const text = `${hostTool('brctl-show.txt')}docker0\t\t8000.0242ac110002\tyes\t\tvethaaa\n\t\t\t\t\t\t\tvethbbb\n`
    const { items, problems } = parseBrctlShow(text, 'f')
    expect(problems).toEqual([])
    expect(items.map((port) => [port.bridge, port.device, port.position])).toEqual([
      ['br0', 'veth0', 1],
      ['br0', 'veth1', 2],
      ['docker0', 'vethaaa', 1],
      ['docker0', 'vethbbb', 2],
    ])
  })

  it('does not hang ports on a bridge that it could not read', () => {
    const { items, problems } = parseBrctlShow("docker0\t\tcan't get info Operation not supported\n\t\tveth1\n", 'f')
    expect(items).toEqual([])
    expect(problems.map((problem) => problem.line)).toEqual([1, 2])
  })

  survivesJunk(parseBrctlShow, hostTool('brctl-show.txt'))
  readsLineByLine(parseBrctlShow, hostTool('brctl-show.txt'))
})

describe('brctl showmacs', () => {
  it('reads a line without a heading', () => {
    expect(parseBrctlShowmacs(fixture('samples/k3s-flannel/brctl-showmacs.txt'), 'f')).toEqual({
      items: [{ mac: '16:9b:6c:12:bd:34', device: null, bridge: null, portNumber: 2, local: false }],
      problems: [],
    })
  })

  it('numbers ports as the kernel does, which is not their order in brctl show', () => {
    const own = parseBrctlShowmacs(n3('brctl-showmacs-cni0.txt'), 'f', 'cni0').items.filter((entry) => entry.local)
    const names = new Map(parseIpLinkJson(n3('ip-link.json'), 'f').items.map((link) => [link.mac, link.name]))
    const byNumber = own.map((entry) => [entry.portNumber, names.get(entry.mac)])
    expect(byNumber.sort()).toEqual([
      [1, 'vethb2dc9d65'],
      [2, 'veth0cafea8e'],
      [3, 'vetha6729862'],
    ])
    expect(parseBrctlShow(n3('brctl-show.txt'), 'f').items.map((port) => port.device)).toEqual([
      'veth0cafea8e',
      'vetha6729862',
      'vethb2dc9d65',
    ])
    expect(own.every((entry) => entry.bridge === 'cni0')).toBe(true)
  })

  it('says what it cannot read', () => {
    const { items, problems } = parseBrctlShowmacs('read of forward table failed: Operation not supported\n', 'f')
    expect(items).toEqual([])
    expect(problems[0]?.message).toMatch(/^not a line of brctl showmacs: "read of forward table failed/)
  })

  survivesJunk(parseBrctlShowmacs, hostTool('brctl-showmacs.txt'))
  readsLineByLine(parseBrctlShowmacs, hostTool('brctl-showmacs.txt'))
})

describe('bridge fdb show', () => {
  it('reads devices, bridges, and whose address it is', () => {
    const { items, problems } = parseBridgeFdbText(hostTool('bridge-fdb.txt'), 'f')
    expect(problems).toEqual([])
    const find = (mac: string) => items.find((entry) => entry.mac === mac)
    expect(find('02:00:00:00:00:11')).toEqual({
      mac: '02:00:00:00:00:11',
      device: 'veth1',
      bridge: 'br0',
      portNumber: null,
      local: false,
    })
    expect(find('00:00:00:00:00:00')).toMatchObject({ device: 'vx0', bridge: null, local: false })
    expect(find('33:33:00:00:00:01')).toMatchObject({ device: 'br0', bridge: null, local: true })
    expect(parseBridgeFdbText(hostTool('bridge-s-fdb.txt'), 'f').items).toEqual(items)
  })

  survivesJunk(parseBridgeFdbText, hostTool('bridge-fdb.txt'))
  readsLineByLine(parseBridgeFdbText, hostTool('bridge-fdb.txt'))
})
