/**
 * Drops from iptables-save or `iptables -S` what kube-proxy wrote for services that nobody asked for: their chains (KUBE-SVC, SVL, EXT,
 * FW, XLB, SEP), the jumps to them, and the rejects of those without endpoints. At its end it says on lines that begin with `#svcpath` how many it
 * dropped, and which dropped chains a kept rule jumps to (`need`): they have to be read as well.
 *
 * In: keep (chain names), own (addresses), ports (node ports). Works in mawk, gawk and busybox awk.
 */
export const AWK_FILTER = `
BEGIN {
  n = split(keep, a, " "); for (i = 1; i <= n; i++) k[a[i]] = 1
  n = split(own, a, " "); for (i = 1; i <= n; i++) o[a[i]] = 1
  n = split(ports, a, " "); for (i = 1; i <= n; i++) p[a[i]] = 1
}
function option(name,   i) { for (i = 1; i < NF; i++) if ($i == name) return $(i + 1); return "" }
function ours(   d, q) {
  d = option("-d"); sub(/\\/[0-9]+$/, "", d)
  if (d != "") return d in o
  q = option("--dport")
  return q == "" || q in p
}
/^(\\[[0-9]+:[0-9]+\\] -A |:|-A |-N )KUBE-(SEP|SVC|SVL|EXT|FW|XLB)-/ {
  c = substr($0, index($0, "KUBE-")); sub(/ .*/, "", c)
  if (!(c in k)) { if (c != last) chains++; last = c; next }
}
/^(\\[[0-9]+:[0-9]+\\] )?-A KUBE-(SERVICES|EXTERNAL-SERVICES|NODEPORTS|PROXY-FIREWALL) / {
  t = option("-j"); if (t == "") t = option("-g")
  if (t ~ /^KUBE-(SVC|SVL|EXT|FW|XLB)-/) { if (!(t in k) && !ours()) { rules++; next } }
  else if (t ~ /^(REJECT|DROP|KUBE-MARK-MASQ|KUBE-MARK-DROP)$/ && !ours()) { rules++; next }
}
/-[jg] KUBE-(SEP|SVC|SVL|EXT|FW|XLB)-/ {
  t = option("-j"); if (t == "") t = option("-g")
  if (!(t in k)) need[t] = 1
}
{ print }
END {
  if (chains + rules > 0) print "#svcpath left " chains + 0 " " rules + 0
  for (t in need) print "#svcpath need " t
}
`
