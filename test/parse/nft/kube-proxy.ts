/** What kube-proxy's rules are made of. */
import { formatCidr } from '../../../src/model/address.ts'
import type { Action, FieldValue, Match, NamedSet } from '../../../src/model/rules.ts'
import type { NftRuleset } from '../../../src/parse/nft/objects.ts'

export const address = (side: 'source' | 'destination'): { kind: 'address'; side: 'source' | 'destination' } => ({
  kind: 'address',
  side,
})
export const DPORT = { kind: 'port', side: 'destination' } as const
export const PROTOCOL = { kind: 'protocol' } as const
export const tcp: Match = { kind: 'protocol', negated: false, protocols: ['tcp'] }
export const SET_MARK: Action = { kind: 'mark', of: 'packet', and: 0xffffbfff, xor: 0x4000 }

export const inSet = (set: string, side: 'source' | 'destination'): Match => {
  return { kind: 'set', dialect: 'nft', negated: false, set, fields: [address(side)] }
}
export const to = (address: string, port: number) => ({ address, addressEnd: null, port, portEnd: null })
export const setOf = (ruleset: NftRuleset, table: string, name: string): NamedSet =>
  ruleset.tables.find((one) => `${one.family} ${one.name}` === table)!.sets.get(name)!
export const printKey = (key: readonly FieldValue[]): string =>
  key
    .map((value) =>
      value.kind === 'prefix'
        ? formatCidr(value.cidr)
        : value.kind === 'range'
          ? value.low
          : value.kind === 'word'
            ? value.word
            : value.kind,
    )
    .join(' ')
