import type { CatalogueEntry } from '../../model/catalogue.ts'

/** 2xx: names. */
export const DNS: readonly CatalogueEntry[] = [
  {
    code: 'SVP201',
    name: 'cluster-dns-missing',
    severity: 'error',
    what: 'There is no cluster DNS, or none of its endpoints serves: no service is found by its name.',
    how: 'CoreDNS crashes, is not scheduled, or was scaled to zero; or it was never installed.',
    proof:
      'Its service has no endpoint that is ready or serving; or kube-system was read, and no service there or elsewhere looks like a DNS. Where kube-system was not read, it is unknown.',
    fix: 'kubectl get pods -n kube-system -l k8s-app=kube-dns, and kubectl describe those that are not ready.',
    references: [],
    explains: 'names',
  },
  {
    code: 'SVP202',
    name: 'dns-answer-wrong',
    severity: 'error',
    what: 'A DNS pod gives another address than the API, or none: clients connect to the wrong place, or not at all.',
    how: 'It lost its watch of the API, or its Corefile rewrites the name. A headless service whose endpoints changed within the time that answers live may be right in a moment: a warning.',
    proof: 'The pod was asked and answered NOERROR, and the answer was held against the API.',
    fix: 'kubectl delete pod -n kube-system NAME starts it anew; kubectl get configmap -n kube-system coredns -o yaml shows its Corefile.',
    references: [],
    explains: 'names',
    passes: true,
  },
  {
    code: 'SVP203',
    name: 'dns-no-answer',
    severity: 'error',
    what: 'A DNS pod answers with an error, or not at all: clients that ask it do not find the service.',
    how: 'It cannot reach the API, serves another domain, or hangs.',
    proof:
      'The pod was asked and answered with a response code other than NOERROR; or it was reached and gave no answer. Where no pod could be reached, it is unknown.',
    fix: 'kubectl logs -n kube-system NAME --tail=100 shows what it says of the API.',
    references: [],
    explains: 'names',
  },
  {
    code: 'SVP204',
    name: 'client-uses-other-resolver',
    severity: 'warning',
    what: 'The client’s resolv.conf names no cluster DNS: it finds no service by name.',
    how: 'dnsPolicy Default or None, or a pod on the host network without ClusterFirstWithHostNet.',
    proof:
      'The DNS service is known, and none of its addresses, nor of a cache on the node, is among the name servers of the client. The resolvers of clouds (169.254.169.254, 169.254.169.253) are no cache.',
    fix: 'kubectl get pod NAME -o jsonpath={.spec.dnsPolicy} shows it; set dnsPolicy: ClusterFirst (ClusterFirstWithHostNet on the host network) in the pod template.',
    references: [],
  },
  {
    code: 'SVP205',
    name: 'query-multiplication',
    severity: 'info',
    what: 'Who looks up the service by its full name asks for several other names first.',
    how: 'The name has fewer dots than ndots, so the names of the search list are tried before it. Kubernetes sets ndots:5, and NAME.NAMESPACE.svc.cluster.local has four dots.',
    proof: 'ndots and the search list of the client’s resolv.conf, held against the service’s own name.',
    fix: 'End the name with a dot, call the service by its short name (NAME or NAME.NAMESPACE), or lower ndots in the pod’s dnsConfig.',
    references: ['#33554'],
  },
  {
    code: 'SVP206',
    name: 'node-local-dns',
    severity: 'info',
    what: 'A cache on the node answers the client’s look-ups.',
    how: 'NodeLocal DNSCache is installed. By default it has the DNS service’s own address, too, so that look-ups never leave the node.',
    proof: 'The client’s name server is link-local, or an address of the link nodelocaldns of a node.',
    fix: 'Nothing: know that answers may be some seconds old. kubectl logs -n kube-system -l k8s-app=node-local-dns shows what it does.',
    references: [],
  },
]
