import { describe, expect, it } from 'vitest'
import { parseResolvConf } from '../../../src/parse/host/resolv-conf.ts'
import { fixture, survivesJunk } from './fixture.ts'

const sample = fixture('samples/k3s-flannel/test-pod-resolv.conf')

describe('resolv.conf', () => {
  it("reads a pod's", () => {
    expect(parseResolvConf(sample, 'test-pod-resolv.conf')).toEqual({
      items: [
        {
          nameservers: ['10.43.0.10'],
          search: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'multipass'],
          ndots: 5,
          origin: 'test-pod-resolv.conf',
        },
      ],
      problems: [],
    })
  })

  const one = (text: string) => parseResolvConf(text, 'f').items[0]

  it('lets the last of search and domain win', () => {
    expect(one('search a b\ndomain c d\n')?.search).toEqual(['c'])
    expect(one('domain c\nsearch a b\n')?.search).toEqual(['a', 'b'])
  })

  it('takes ndots from any option, 1 without one, and never more than 15', () => {
    expect(one('nameserver ::1')?.ndots).toBe(1)
    expect(one('options timeout:2 ndots:3 attempts:1\noptions rotate')?.ndots).toBe(3)
    expect(one('options ndots:99')?.ndots).toBe(15)
    expect(parseResolvConf('nameserver ::1\noptions ndots:x', 'f').problems).toEqual([
      { file: 'f', line: 2, message: 'ndots is no number: ndots:x' },
    ])
  })

  it('passes comments and unknown words over', () => {
    expect(
      one('# nameserver 1.1.1.1\n; nameserver 2.2.2.2\nsortlist x\nnameserver\t8.8.8.8 # public\n')?.nameservers,
    ).toEqual(['8.8.8.8'])
  })

  it('says so where there is no name server, and gives nothing where there is nothing', () => {
    expect(parseResolvConf('search a', 'f').problems).toEqual([
      { file: 'f', line: null, message: 'there is no nameserver in it' },
    ])
    expect(parseResolvConf('hello\n', 'f').items).toEqual([])
  })

  survivesJunk(parseResolvConf, sample)
})
