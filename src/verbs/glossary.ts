/** The words of the output, in a sentence or two each: for `explain WORD`. */
interface Word {
  /** As it stands in the output, first; then others that people type. */
  names: readonly string[]
  text: string
}

const GLOSSARY: readonly Word[] = [
  {
    names: ['reachable'],
    text: 'Everything on the path was seen, and rules and routes lead there. It does not say that a process listens in the pod; a note says whether that was checked.',
  },
  { names: ['degraded'], text: 'Some connections fail, or some clients cannot reach the service.' },
  { names: ['broken'], text: 'All connections of these clients fail.' },
  {
    names: ['unknown'],
    text: 'Something on the path was not collected, is not in the text, or svcpath cannot read it. It is not a fault.',
  },
  {
    names: ['expected', 'due'],
    text: 'The share of new connections that the rules give an endpoint, computed over all rules on the path. ≤ means that a rule on the path may not apply.',
  },
  {
    names: ['actual', 'seen'],
    text: 'The share of connections that an endpoint really got: from the counters of its rules or, if these keep none, from conntrack.',
  },
  {
    names: ['connections'],
    text: 'What the counter of a rule counted since the rule was written. The nat table sees only the first packet of each connection. Counters count all clients.',
  },
  {
    names: ['tracked', 'conntrack'],
    text: 'Entries in conntrack, the kernel’s table of connections. They disappear some time after a connection ends.',
  },
  {
    names: ['via', 'interface', 'by'],
    text: 'The interface that the packet uses: a pod’s interface on this node, or → NODE, INTERFACE for a pod on another node.',
  },
  { names: ['affects'], text: 'The clients whose connections suffer from the fault.' },
  {
    names: ['fix'],
    text: 'A command that fixes the fault. Notes follow #. Where a node is named, run it on that node.',
  },
  { names: ['proof'], text: 'The command, file and line that show the fault. -v shows all lines.' },
  { names: ['leads-to', 'leads', 'consequences'], text: 'Other findings that disappear when this fault is fixed.' },
  {
    names: ['assumed'],
    text: 'Something that is not in the text and that svcpath took as kube-proxy usually sets it. The verdict is then at best unknown.',
  },
  { names: ['same-as', 'same'], text: 'The path of this node equals that of the named node, except for counters.' },
  {
    names: ['masqueraded', 'masquerade'],
    text: 'The packet gets the node’s address as its source, so that the reply returns through this node.',
  },
  {
    names: ['known-by-its-hash', 'hash'],
    text: 'The endpoint’s chain is not in the text, but its name is a hash that only this address gives.',
  },
  {
    names: ['tree'],
    text: 'The default output. First who is affected and the fix, then the service, then each node: the address that clients use, the chains, and the endpoints. Nodes with the same path share one entry. FINDINGS at the end has the proof.',
  },
  {
    names: ['wide'],
    text: 'The output with -o wide: one table per node and address, with chains, proofs and conntrack entries.',
  },
  {
    names: ['KUBE-SERVICES'],
    text: 'kube-proxy’s first chain: one rule per service address jumps to the chain of that service.',
  },
  {
    names: ['KUBE-SVC'],
    text: 'The chain of one service port. It picks an endpoint at random and jumps to its KUBE-SEP chain.',
  },
  {
    names: ['KUBE-SEP'],
    text: 'The chain of one endpoint. Its DNAT rule replaces the service address with the pod’s address.',
  },
  {
    names: ['KUBE-SVL'],
    text: 'The chain of one service port with the endpoints of this node only, for the traffic policy Local.',
  },
  {
    names: ['KUBE-EXT'],
    text: 'The chain for connections from outside (node port, external IP, load balancer): it masquerades, or leads to KUBE-SVL.',
  },
  { names: ['KUBE-FW'], text: 'The chain that checks loadBalancerSourceRanges, for the load balancer’s address.' },
  { names: ['KUBE-NODEPORTS'], text: 'The chain for connections to a node port on an address of the node.' },
  { names: ['KUBE-MARK-MASQ'], text: 'Marks packets that KUBE-POSTROUTING then masquerades.' },
]

/** What a word of the output means, without regard to case or a hash behind a chain’s name; null where it is none. */
export function glossaryText(word: string): string | null {
  const asked = word.toLowerCase()
  const found = GLOSSARY.find(({ names }) =>
    names.some((name) => asked === name.toLowerCase() || isOfChain(asked, name)),
  )
  return found ? `${found.names[0]}\n  ${found.text}\n` : null
}

/** `KUBE-SVC-E3PXEPMWAWIUT6ZV` is a KUBE-SVC. */
const isOfChain = (asked: string, name: string): boolean =>
  asked.startsWith(`${name.toLowerCase()}-`) && /^[a-z0-9]{16}$/.test(asked.slice(name.length + 1))

/** All of the words, for a hint. */
export const GLOSSARY_WORDS: readonly string[] = GLOSSARY.flatMap(({ names }) => names)
