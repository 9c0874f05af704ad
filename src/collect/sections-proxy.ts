/** What kube-proxy says of itself. */
export const PROXY_SECTIONS = String.raw`
fetch() {
  if have curl; then curl -s -m 3 "$1"; elif have wget; then t 4 wget -q -T 3 -O - "$1"; else return 127; fi
}
metrics() {
  all=$(fetch http://127.0.0.1:10249/metrics) || return
  printf '%s\n' "$all" | grep -e '^kubeproxy_' -e '^kubernetes_build_info{' | grep -v -E '^kubeproxy_(sync_(full|partial)|conntrack)[a-z_]*_bucket'
}
# ask COMMAND...: what it printed, or said of why it failed, then how it ended.
ask() { "$@" 2>&1 </dev/null; printf ' %s%s' $? "$F"; }
# pass: what came in, which is short.
pass() { while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done; }
# answered CODE TEXT
answered() {
  if [ "$1" = 0 ]; then printf '%s\n' "$2"; else printf '%s\n' "$2" >&2; fi
  return "$1"
}
# answer FILE WORDS: the next of the three.
answer() {
  one=${'$'}{TOLD%%"$F"*}; TOLD=${'$'}{TOLD#*"$F"}
  s "$1" "$2" answered "${'$'}{one##* }" "${'$'}{one% *}"
}
# All at once, so that one that hangs costs its time limit once: the short answers wait in pipes until the long one is through.
TOLD=$(ask fetch http://127.0.0.1:10249/proxyMode | { ask fetch http://127.0.0.1:10256/healthz | { ask metrics; pass; }; pass; })
answer kube-proxy-metrics.txt 'curl 127.0.0.1:10249/metrics'
answer kube-proxy-healthz.json 'curl 127.0.0.1:10256/healthz'
answer kube-proxy-mode.txt 'curl 127.0.0.1:10249/proxyMode'
`
