/** The loop: a beat on standard input, what is due, a tick on standard output. It ends with its input, or where no beat comes. */
export const LOOP = String.raw`
trap '' PIPE
read -r MAIN rest </proc/self/stat
GUARD=
# The pod that this runs in was made for it, and ends with it.
end_pod() {
  [ -n "$POD_SLEEP" ] || return
  set +f
  for p in /proc/[0-9]*; do
    [ "$p/ns/mnt" -ef /proc/self/ns/mnt ] || continue
    [ "$(tr '\0' ' ' <"$p/cmdline" 2>/dev/null)" = "sleep $POD_SLEEP " ] && kill -9 "${'$'}{p#/proc/}"
  done
  set -f
}
# guard: ends everything when no beat has come for a while, whatever has become of the loop itself.
guard() {
  unguard
  (
    trap 'kill $nap; wait $nap; exit 0' TERM
    sleep "$PATIENCE" & nap=$!
    wait $nap
    kill -9 $PID_rules $PID_routes
    kill $EVENT_PIDS $MAIN
    end_pod
  ) >/dev/null 2>&1 </dev/null &
  GUARD=$!
}
unguard() { [ -z "$GUARD" ] || { kill $GUARD; wait $GUARD; } 2>/dev/null; GUARD=; }
leave() {
  trap '' TERM
  [ -z "$EVENT_PIDS" ] || { kill $EVENT_PIDS; wait $EVENT_PIDS; } 2>/dev/null
  deaf rules; deaf routes
  unguard
  end_pod
  exit 0
}
trap leave TERM
# What this shell and all that it waited for has cost, in hundredths of a second.
cpu() { read -r line </proc/self/stat; set -- $line; CPU=$((${'$'}{14} + ${'$'}{15} + ${'$'}{16} + ${'$'}{17})); }
# spend WORK: does it, and sets SPENT.
spend() {
  cpu; c0=$CPU
  "$1"
  cpu
  SPENT=$((CPU - c0))
}

# age SEEN NOW AT: sets AGE to how old, in seconds, what was read is: nothing where no change was signalled since.
age() { if [ -n "$2" ] && [ "$1" = "$2" ]; then AGE=$(((NOW - heard_at) / 100)); else AGE=$(((NOW - $3) / 100)); fi; }
# say_tick: the time, and how old what is known is: of the chains of the service, of what lies around them, and of all rules.
say_tick() {
  if [ -n "$OWN_TABLES" ]; then age "$own_seen" "$NOW_rules" $own_at; else AGE=$(((NOW - own_at) / 100)); fi
  own=$AGE
  if [ -n "$LEGACY$LEGACY6" ]; then AGE=$(((NOW - all_at) / 100)); else age "$all_seen" "$NOW_rules" $all_at; fi
  all_rules_age=$AGE
  if [ -z "$LEGACY$LEGACY6" ]; then
    age "$near_seen" "$NOW_rules" $near_at
    near=$AGE
    [ -z "$TOOL_NFT" ] || age "$natives_seen" "$NOW_rules" $natives_at
    [ $near -le $AGE ] || AGE=$near
  fi
  printf '%s t %s %s %s %s\n' "$F" "$NOW" $own $AGE $all_rules_age 2>/dev/null || leave
}

clock; BEGAN=$NOW; last=$NOW
few=5000; ears=2000; some=10000; more=10000; many=0; n=0; present_at=-60
own_seen= near_seen= links_seen= natives_seen= all_seen= own_at=$NOW near_at=$NOW all_at=$NOW heard_at=$NOW natives_at=$NOW
guard
printf '%s h %s\n' "$F" "$NOW" 2>/dev/null || leave
events
guard
while read -r beat; do
  clock
  n=$((n + 1)); passed=$((NOW - last))
  # Of a core 0.2 % for what is read by name, 0.15 % for whether anything changed, 0.12 % for what lies around it (more where events cost little, or nothing tells
  # of changes), 0.08 % for tables of nft, 0.08 % for all rules; each with some put by. Notifications cost 0.2 % at 80 a second.
  few=$((few + passed * 2)); [ $few -gt 5000 ] && few=5000
  ears=$((ears + passed * 3 / 2)); [ $ears -gt 2000 ] && ears=2000
  rate=12; [ -n "$NOW_rules" ] || rate=22; [ -z "$CHEAP" ] || rate=$((rate + 20))
  some=$((some + passed * rate / 10)); [ $some -gt 20000 ] && some=20000
  more=$((more + passed * 4 / 5)); [ $more -gt 10000 ] && more=10000
  many=$((many + passed * 4 / 5)); [ $many -gt 40000 ] && many=40000
  loud=$((loud + passed * 4 / 5)); [ -z "$CHEAP" ] || loud=$((loud + passed * 4 / 5)); [ $loud -gt 16000 ] && loud=16000
  last=$NOW
  [ $((n % 8)) = 0 ] && guard
  join rules; join routes
  [ $ears -gt 0 ] && { heard_at=$NOW; spend hear; ears=$((ears - SPENT * 1000)); }
  if [ $few -gt 0 ]; then
    if [ $((n - present_at)) -ge 60 ] || { [ $((n - present_at)) -ge 20 ] && is_due rules "$near_seen"; }; then
      spend present; few=$((few - SPENT * 1000))
      listen_all
    fi
    own_at=$NOW
    spend chains; few=$((few - SPENT * 1000))
    [ -n "$TABLE" ] && { spend waiting; few=$((few - SPENT * 1000)); }
  fi
  if [ $some -gt 0 ] && is_due routes "$links_seen"; then
    links_seen=$NOW_routes
    spend links; some=$((some - SPENT * 1000))
  fi
  if [ $some -gt 0 ] && is_due rules "$near_seen"; then
    near_seen=$NOW_rules near_at=$NOW
    spend around; some=$((some - SPENT * 1000))
  fi
  if [ $more -gt 0 ] && [ -n "$TOOL_NFT" ] && is_due rules "$natives_seen"; then
    natives_seen=$NOW_rules natives_at=$NOW
    spend natives; more=$((more - SPENT * 1000))
  fi
  if [ $many -ge 0 ] && { [ -n "$LEGACY$LEGACY6" ] || is_due rules "$all_seen"; }; then
    # What later ones are compared with is read once, whatever it costs.
    [ "$all_at" = "$BEGAN" ] && spend rules || { spend rules; many=$((many - SPENT * 1000)); }
    all_seen=$NOW_rules all_at=$NOW
  fi
  if [ -n "$EVENT_PIDS" ] && [ $((n % 10)) = 0 ] && costly; then
    { kill $EVENT_PIDS; wait $EVENT_PIDS; } 2>/dev/null
    EVENT_PIDS=
    printf '%s e none events would cost more than 0.35 % of a core\n' "$F"
  fi
  say_tick
done
leave
`
