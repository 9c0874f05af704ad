/** Commands that people run on the way of a Service: by them a line is known for a command. */

/** Behind a prompt, the first word says enough. */
const TOOLS = new Set(
  (
    'sudo ssh kubectl k oc microk8s k3s k0s minikube kind docker crictl nerdctl nsenter chroot ip ip6tables iptables ' +
    'ip6tables-save iptables-save nft bridge brctl arp route netstat conntrack sysctl ss tc bpftool ipvsadm ipset cat grep egrep zgrep ' +
    'curl wget dig nslookup host ping tcpdump hostname uname lsmod systemctl journalctl ifconfig calicoctl cilium ' +
    'cilium-dbg ovn-nbctl calico-node antctl ' +
    'for while watch echo cd ls exit logout clear export set time bash sh crontab ps head tail less vi vim awk sed'
  ).split(' '),
)

/** Without a prompt a line is a command only where no sentence would go on like this. */
const BARE: readonly RegExp[] = [
  /^(?:sudo |ssh \S+ )?(?:\/\S*\/)?ip6?tables(?:-legacy|-nft)? +-{1,2}[a-zA-Z]\S*/,
  /^(?:sudo |ssh \S+ )?(?:\/\S*\/)?ip6?tables(?:-legacy|-nft)?-save(?: +[-|>].*| *)$/,
  /^(?:sudo )?nft +(?:-\S+ +)*list +(?:ruleset|table|tables|chain|chains|set|map)\b[^.]*$/,
  /^(?:sudo )?(?:kubectl|k|oc|microk8s kubectl|k3s kubectl|minikube kubectl --) +(?:-\S+(?: +[\w./-]+)? +)*(?:get|describe|exec|debug|logs) +\S+/,
  /^(?:sudo )?ip +(?:-\S+ +)*(?:a|addr|address|l|link|r|ro|route|n|neigh|neighbour|ru|rule|netns)(?: +(?:show|list|ls|s|get|exec|dev|table)\b.*)?$/,
  /^(?:sudo )?conntrack +-\S.*$/,
  /^(?:sudo )?(?:bridge +(?:-\S+ +)*(?:fdb|link)(?: show)?\b.*|brctl +(?:show|showmacs)\b.*)$/,
  /^(?:sudo )?(?:arp|route|netstat|ss|sysctl|ipvsadm|ipset) +-\S+(?: +[\w.|-]+)*$/,
  /^(?:sudo )?sysctl +net\.\S+$/,
  /^(?:sudo )?cat +\/\S+$/,
]

/** Is this a command line? `bare`: no prompt stands before it. */
export function isToolLine(text: string, bare = false): boolean {
  if (bare) return BARE_START.test(text) && BARE.some((pattern) => pattern.test(text))
  const word = /^(?:[A-Z_]+=\S* )*([\w./-]+)(?=\s|$)/.exec(text)?.[1] ?? ''
  const name = word.slice(word.lastIndexOf('/') + 1)
  return TOOLS.has(name) || /^(?:xtables-\w+|ip6?tables-\w+(?:-save)?)$/.test(name)
}

/** Looked at before all the patterns, for most lines are no commands. */
const BARE_START =
  /^(?:sudo|ssh|\/|ip|nft|kubectl|k |oc|micro|k3s|mini|conn|br|arp|route|netstat|ss |sysctl|ipset|cat )/
