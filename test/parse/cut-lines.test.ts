/** Lists that end in the middle of a line: what the last line says is not believed, and what it belongs to may go on. */
import { expect, test } from 'vitest'
import { parseProxyMode } from '../../src/parse/host/kube-proxy.ts'
import { parseIpsets } from '../../src/parse/ipset/ipset.ts'
import { parseIpvs } from '../../src/parse/ipvs/ipvs.ts'
import { mergeIpvs } from '../../src/parse/ipvs/merge.ts'

const SAVED =
  '-A -t 10.96.0.1:443 -s rr\n-a -t 10.96.0.1:443 -r 172.30.0.2:6443 -m -w 1\n' +
  '-A -t 10.96.0.10:53 -s rr\n-a -t 10.96.0.10:53 -r 10.244.1.2:53 -m -w 1\n-a -t 10.96.0.10:53 -r 10.244.2.2:53 -m -w 1\n'

const shown = ({ value }: ReturnType<typeof parseIpvs>) =>
  value?.servers.map(({ realServers, partial }) => [realServers.length, partial === true])

test('virtual servers', () => {
  expect(shown(parseIpvs(SAVED, 'f'))).toEqual([
    [1, false],
    [2, false],
  ])
  const cut = parseIpvs(SAVED.slice(0, -12), 'f')
  expect(shown(cut)).toEqual([
    [1, false],
    [1, true],
  ])
  expect(cut.value?.whole).toBe(false)
})

test('virtual servers that another list shows whole', () => {
  const [cut, whole] = [parseIpvs(SAVED.slice(0, -12), 'cut').value!, parseIpvs(SAVED, 'whole').value!]
  for (const merged of [mergeIpvs(cut, whole), mergeIpvs(whole, cut)])
    expect(shown({ value: merged, problems: [] })).toEqual([
      [1, false],
      [2, false],
    ])
})

test('members of an ipset', () => {
  const text =
    'create a hash:ip family inet\nadd a 10.0.0.1\ncreate b hash:ip family inet\nadd b 10.0.0.1\nadd b 10.0.0.25\n'
  const counts = (cut: string) => parseIpsets(cut, 'f').items.map(({ members }) => members?.length ?? null)
  expect(counts(text)).toEqual([1, 2])
  expect(counts(text.slice(0, -2))).toEqual([1, null])
})

test('the beginning of a mode is none', () => {
  expect(['ipvs', 'nftables\n', 'ipv', 'ip', ''].map(parseProxyMode)).toEqual(['ipvs', 'nftables', null, null, null])
})
