/** What the node tells load balancers. It stands behind kube-proxy's sections, which bring `fetch`. */
export const HEALTH_SECTIONS = String.raw`
# What the node says to load balancers at health-check node ports. Which addresses are listened at depends on kube-proxy's nodePortAddresses: the kernel's own list
# tells whether anybody does at all. Of what is no answer of a service proxy nothing is printed.
health_checks() {
  hung=
  for port in $HEALTH; do
    printf 'port %s\n' "$port"
    if [ -r /proc/net/tcp ] && have grep; then
      listening=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -c "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$port") [0-9A-F]*:0000 0A ")
      printf 'listening %s\n' "$listening"
      [ "$listening" = 0 ] && continue
    fi
    [ -z "$hung" ] && ask_health "$port"
  done
  return 0
}
ask_health() {
  for address in $OWN 127.0.0.1; do
    answer=$(fetch "http://$address:$1/" 2>&1); code=$?
    case $code/$answer in
      */*localEndpoints*) printf 'asked %s\n%s\n' "$address" "$answer"; return;;
      8/* | */*' 503 '*) printf 'asked %s\nstatus 503\n' "$address"; return;;
      0/*) printf 'asked %s\nother\n' "$address"; return;;
      28/* | 124/* | 137/*) printf 'asked %s\nsilent\n' "$address"; hung=1; return;;
      127/*) return;;
    esac
  done
}
[ -n "$HEALTH" ] && s health-checks.txt "curl 127.0.0.1:HEALTHCHECKNODEPORT" health_checks
`
