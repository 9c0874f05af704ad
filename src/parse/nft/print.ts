import type { NftRuleset } from './objects.ts'

/** Prints a ruleset as `nft -j list ruleset` does: one JSON document, which `nft -j -f` and parseNftJson read again. */
export const printNftJson = (ruleset: NftRuleset): string => `${JSON.stringify({ nftables: ruleset.objects })}\n`
