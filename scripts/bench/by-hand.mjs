// What a person would write instead: a shell script that asks the API for a service, and all nodes at once for what decides about it.

/** What it looks at on a node. Rules of nftables are left out: `nft list ruleset` takes three seconds beside 5,000 services, and shows iptables' again. */
const ON_NODE = [
  'iptables-save -c',
  'ip6tables-save -c',
  'conntrack -L -o extended',
  'ip addr',
  'ip -d link',
  'ip rule',
  'ip route show table all',
  'ip neigh',
  'bridge fdb',
  'ipset list',
  'sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter net.netfilter.nf_conntrack_max net.netfilter.nf_conntrack_count',
].join('; ')

const asked = ({ namespace, service }) => `
    kubectl get service ${service} -n ${namespace} -o yaml > $out/service &
    kubectl get endpointslices -n ${namespace} -l kubernetes.io/service-name=${service} -o yaml > $out/slices &`

/** The scripts by the ways onto a node. `$out` is a folder; each is run by sh -e. */
export const BY_HAND = {
  exec: (cluster) => `
    ${asked(cluster)}
    kubectl get pods -n kube-system -l k8s-app=kube-proxy -o jsonpath='{range .items[*]}{.spec.nodeName} {.metadata.name}{"\\n"}{end}' |
    { while read -r node pod; do kubectl exec -n kube-system "$pod" -- sh -c '${ON_NODE}' > "$out/$node" 2> /dev/null < /dev/null & done; wait; }
    wait`,
  // As kubectl debug node/… does, whose requests the lab's API cannot read: they are protobuf.
  debug: (cluster) => `
    ${asked(cluster)}
    for node in ${cluster.nodes.map(({ name }) => name).join(' ')}; do
      kubectl run "look-$node" --image=tools --restart=Never -i --rm -q --command \
        --overrides='{"spec":{"nodeName":"'$node'","hostNetwork":true,"hostPID":true}}' -- sh -c '${ON_NODE}' > "$out/$node" 2> /dev/null < /dev/null &
    done
    wait`,
  ssh: (cluster) => `
    ${asked(cluster)}
    for node in ${cluster.nodes.map(({ address }) => address).join(' ')}; do
      ssh -F ${cluster.sshConfig} "$node" '${ON_NODE}' > "$out/$node" 2> /dev/null < /dev/null &
    done
    wait`,
}
