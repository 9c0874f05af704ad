/** What iptables is called on this machine, of each back end. */
export const IPTABLES_TOOLS = `
# legacy_tools FAMILY: sets lc to the command that saves the legacy tables; fails where there is none.
legacy_tools() {
  if have "ip$1tables-legacy-save"; then lc="ip$1tables-legacy-save"
  elif have xtables-legacy-multi; then lc="xtables-legacy-multi ip$1tables-save"
  elif have "ip$1tables-save" && ! "ip$1tables" --version 2>/dev/null | grep -q nf_tables; then lc="ip$1tables-save"
  else return 1
  fi
}
# modern_tools FAMILY: sets ic and is to iptables by nf_tables and what saves its tables; fails where there is none.
modern_tools() {
  if have "ip$1tables-nft"; then ic="ip$1tables-nft"; is="ip$1tables-nft-save"
  elif have xtables-nft-multi; then ic="xtables-nft-multi ip$1tables"; is="xtables-nft-multi ip$1tables-save"
  elif "ip$1tables" --version 2>/dev/null | grep -q nf_tables; then ic="ip$1tables"; is="ip$1tables-save"
  else return 1
  fi
}
`
