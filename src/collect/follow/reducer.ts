/**
 * Thins out what a node streams. Of a text that it had before only the lines that differ, with their numbers. Of a connection of `conntrack -E` the first word, and the
 * one that decides it (answered, refused, gone). More than `most` new ones between two ticks are only counted, by entry and endpoint. Works in mawk, gawk and
 * busybox awk.
 *
 * In: F (what the stream's own lines begin with), fronts (addresses) and ports (node ports) one of which an event must name where `picks` is 1, most.
 */
export const AWK_REDUCER = `
BEGIN {
  n = split(fronts, a, " "); for (i = 1; i <= n; i++) front[a[i]] = 1
  n = split(ports, a, " "); for (i = 1; i <= n; i++) port[a[i]] = 1
}
function field(name, nth,   i, at) {
  at = 0
  for (i = 1; i <= NF; i++) if (index($i, name "=") == 1 && ++at == nth) return substr($i, length(name) + 2)
  return ""
}
# Most of what is heard of a connection comes after it was answered. Nothing is split for that.
/^ *\\[UPDATE\\].* (FIN_WAIT|CLOSE_WAIT|LAST_ACK|TIME_WAIT) / { next }
text != "" && $1 == F && $2 == "." { print F " . " text " " line; fflush(); text = ""; next }
text != "" {
  line++
  if (!($0 == held[text, line])) { held[text, line] = $0; print known ? line " " $0 : $0 }
  next
}
$1 == F && $2 == "c" { text = $3; line = 0; known = text in had; had[text] = 1; if (known) $2 = "p"; print; next }
/^ *\\[(NEW|UPDATE|DESTROY)\\]/ {
  to = field("dst", 1); on = field("dport", 1)
  if (picks && !(to in front) && !(on in port)) next
  key = $4 " " field("src", 1) " " field("sport", 1) " " to " " on
  if ($1 == "[NEW]") {
    if (++fresh > most) { many[$4 " " to " " on " " field("src", 2) " " field("sport", 2)]++; next }
    pending[key] = 1
  } else {
    if (!(key in pending)) next
    if ($1 == "[UPDATE]" && $7 == "SYN_SENT") next
    delete pending[key]
  }
  $1 = $1
  print; fflush(); next
}
$1 == F && $2 == "t" {
  for (one in many) { print F " m " many[one] " " one; delete many[one] }
  fresh = 0
}
{ print; fflush() }
`
