/**
 * Drops from `nft list table … kube-proxy` what kube-proxy wrote for services that nobody asked for: their chains and affinity sets, and
 * their elements of maps and sets. What is kept and leads to a dropped chain is named in the end (`#svcpath need`): it has to be read as well.
 * Source of the names: kube-proxy's proxier.go in pkg/proxy/nftables (service-, local-, endpoint-, external-, firewall-, affinity-, then
 * a hash and namespace/name/protocol/port).
 *
 * In: keep (chain names), services (namespace/name), own (addresses), ports (node ports). Works in mawk, gawk and busybox awk.
 */
export const AWK_NFT_FILTER = `
BEGIN {
  n = split(keep, a, " "); for (i = 1; i <= n; i++) k[a[i]] = 1
  n = split(services, a, " "); for (i = 1; i <= n; i++) s[a[i]] = 1
  n = split(own, a, " "); for (i = 1; i <= n; i++) o[a[i]] = 1
  n = split(ports, a, " "); for (i = 1; i <= n; i++) p[a[i]] = 1
}
function kept(name,   part) {
  if (name !~ /^(service|local|endpoint|external|firewall|affinity)-[A-Z0-9]+-/ || name in k) return 1
  sub(/^[a-z]+-[A-Z0-9]+-/, "", name)
  split(name, part, "/")
  return (part[1] "/" part[2]) in s
}
function wants(text,   i, m, word) {
  m = split(text, word, /[ \\t]+/)
  for (i = 1; i < m; i++) if (word[i] == "goto" || word[i] == "jump") {
    gsub(/[,}]/, "", word[i + 1])
    if (!kept(word[i + 1])) need[word[i + 1]] = 1
  }
}
function ours(element,   i, m, word, chain) {
  if (where == "nodeport-ips") return 1
  m = split(element, word, /[ \\t]+/)
  for (i = 1; i <= m; i++) {
    if (word[i] in o) return 1
    if (where ~ /nodeports/ && word[i] in p) return 1
    if (word[i] == "goto" || word[i] == "jump") { chain = word[i + 1]; if (chain ~ /^[a-z]+-[A-Z0-9]+-/ && kept(chain)) return 1 }
  }
  return 0
}
function flush(   i, m, part, out, text) {
  text = elements; sub(/^[^{]*\\{/, "", text); sub(/\\}[^}]*$/, "", text)
  m = split(text, part, ",")
  out = ""
  for (i = 1; i <= m; i++) {
    gsub(/^[ \\t]+|[ \\t]+$/, "", part[i])
    if (part[i] == "") continue
    if (!ours(part[i])) { rules++; continue }
    wants(part[i])
    out = out (out == "" ? "" : ", ") part[i]
  }
  if (out != "") print "\\t\\telements = { " out " }"
  elements = ""
}
skip { if ($0 ~ /^\\t}/) skip = 0; next }
/^\\t(chain|set|map) / {
  where = $2
  if (!kept(where)) { if ($1 == "chain") chains++; skip = 1; next }
}
elements != "" { elements = elements " " $0; if ($0 ~ /}[ \\t]*$/) flush(); next }
/^\\t\\telements = / { elements = $0; if ($0 ~ /}[ \\t]*$/) flush(); next }
{ wants($0); print }
END {
  if (chains + rules > 0) print "#svcpath left " chains + 0 " " rules + 0
  for (t in need) print "#svcpath need " t
}
`
