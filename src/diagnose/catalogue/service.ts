import type { CatalogueEntry } from '../../model/catalogue.ts'
import { aboutTheSame } from './follows.ts'

/** 1xx: what the API itself shows. */
export const SERVICE: readonly CatalogueEntry[] = [
  {
    code: 'SVP101',
    name: 'selector-matches-nothing',
    severity: 'error',
    what: 'No pod has the labels that the service selects: every connection is refused, and a headless service has no address in DNS.',
    how: 'A typing error in a label, a renamed app, or a deployment scaled to zero. A service finds its pods by their labels alone, within its own namespace.',
    proof:
      'The selector is set, no pod of the namespace has all of its labels, and no endpoint serves. If the pods or their labels were not read, it is unknown.',
    fix: 'kubectl get pods -n NAMESPACE --show-labels shows the labels; make labels and selector match (kubectl set selector service NAME KEY=VALUE), or scale up (kubectl scale deployment NAME --replicas=1).',
    references: ['#97360'],
    leadsTo: [{ codes: ['SVP302', 'SVP310'] }],
    explains: 'way',
  },
  {
    code: 'SVP102',
    name: 'no-ready-endpoints',
    severity: 'error',
    what: 'Pods match, but the API lists none of them as ready (of a dual-stack service: none of one family): every connection is refused, and a headless service has no address in DNS.',
    how: 'A failing readiness probe, a crash loop, a missing image, pods that fit on no node, pods that have ended. Or the pods are ready and the endpoints controller does not update the slices. A service without a selector has only the endpoints that somebody created for it.',
    proof:
      'The slices hold no endpoint that is ready or serving. The pods’ conditions and container states show why: the finding names the container, its probe or the reason why it waits.',
    fix: 'kubectl describe pod NAME shows conditions and events; kubectl logs NAME --previous shows why a container ended. If a readiness probe fails: does the program answer at that port and path?',
    references: [],
    explains: 'way',
    passes: true,
  },
  {
    code: 'SVP103',
    name: 'target-port-unresolved',
    severity: 'error',
    what: 'The service names a target port that pods do not declare: they get no connection on it. For a headless service this is an info: only its SRV records are missing.',
    how: 'A container port was renamed or never named, or has another protocol. The controller then makes slices without that port, and kube-proxy leaves out endpoints without a port (endpointslicecache.go).',
    proof:
      'targetPort is a name, and pods that match, and neither have ended nor are terminating, have no container port of that name and protocol.',
    fix: 'kubectl get pod NAME -o jsonpath={.spec.containers[*].ports} shows what they declare; name the container port in the pod template, or set targetPort to its number (kubectl edit service NAME).',
    references: [],
    explains: 'way',
  },
  {
    code: 'SVP104',
    name: 'only-terminating-endpoints',
    severity: 'warning',
    what: 'All endpoints that still serve are terminating. They are used only because no ready endpoint is left; they will stop soon.',
    how: 'A deployment scaled down to zero, or a rollout whose new pods do not become ready. kube-proxy uses serving, terminating endpoints if none is ready (KEP-1669).',
    proof:
      'No endpoint is ready, and all that serve are terminating. If none serves, it is SVP102.',
    fix: 'kubectl get pods -l SELECTOR shows new pods: kubectl describe those that are not ready; kubectl rollout undo deployment NAME brings the old ones back.',
    references: [],
  },
  {
    code: 'SVP105',
    name: 'duplicate-pod-ip',
    severity: 'error',
    what: 'Two pods hold the address of an endpoint: connections reach one or the other. An info if the other pod has ended or is terminating and is in no slice.',
    how: 'A CNI plugin gave an address out twice, or a slice still names a pod that has ended. Finished pods keep their old address in the API by design, and the address may be reused (k/k#92697); some network policy engines still count such pods.',
    proof:
      'Two live pods that are not on the host network have the address; or a slice lists the address with a pod that has ended or is terminating while another pod has it, or with two pods.',
    fix: 'kubectl get pods -A -o wide --field-selector status.podIP=ADDRESS shows all that hold it; delete the one that has ended (kubectl delete pod NAME); of two live pods, delete one. Check the CNI plugin’s address store.',
    references: ['#135593', '#92697', 'kube-router#1056'],
  },
  {
    code: 'SVP106',
    name: 'endpoint-on-unready-node',
    severity: 'warning',
    what: 'An endpoint is on a node that is not ready or gone; it still gets connections.',
    how: 'The node or its kubelet failed a moment ago: after a while without a report, the API sets the node’s readiness to Unknown, which kubectl prints as NotReady.',
    proof:
      'The endpoint is ready; its node’s condition Ready is False or Unknown, or the endpoint names a node that is not in the API.',
    fix: 'kubectl describe node NAME shows since when and why; on it, journalctl -u kubelet. A node that will not come back: kubectl delete node NAME.',
    references: [],
  },
  {
    code: 'SVP107',
    name: 'slice-not-following',
    severity: 'warning',
    what: 'A slice of a service with a selector does not follow the pods: connections go to what it lists, even if the pods change. An info if another controller manages it, which may be fine.',
    how: 'A slice made by hand; the copy of an Endpoints object, left over from when the service had no selector; or an endpoints controller that has stopped.',
    proof:
      'The label endpointslice.kubernetes.io/managed-by is not there, or names the mirroring controller or another one; or a slice of the endpoints controller lists as ready a pod that is gone or has other labels.',
    fix: 'kubectl delete endpointslice NAME if no controller manages it: the endpoints controller creates its own. If that has stopped: kubectl logs -n kube-system -l component=kube-controller-manager.',
    references: ['#105987'],
    passes: true,
  },
  {
    code: 'SVP108',
    name: 'target-port-not-listening',
    severity: 'error',
    what: 'Nothing listens on the target port in the pod: it refuses connections.',
    how: 'A wrong targetPort, or a server bound to 127.0.0.1, or to 0.0.0.0 where the endpoint’s address is IPv6.',
    proof:
      'ss ran in every network namespace that has the endpoint’s address, and none has a socket of the port, protocol and family.',
    fix: 'ip netns exec NAMESPACE ss -lntu on the node shows what listens; correct targetPort (kubectl edit service NAME), or make the server listen on all addresses.',
    references: [],
    leadsTo: [{ codes: ['SVP110'], only: aboutTheSame }],
    passes: true,
  },
  {
    code: 'SVP109',
    name: 'address-claimed-twice',
    severity: 'error',
    what: 'Two services hold one external IP, load-balancer IP or node port: one gets the other’s connections.',
    how: 'The API does not check externalIPs; or a load balancer assigned an address twice.',
    proof: 'Another service has the same address, port and protocol.',
    fix: 'kubectl get services -A -o wide shows all; give one of them another address or port (kubectl edit service NAME).',
    references: [],
    explains: 'entry',
  },
  {
    code: 'SVP110',
    name: 'target-port-not-declared',
    severity: 'warning',
    what: 'The service leads to a port that no container of its pods declares. If no process listens there, every connection is refused.',
    how: 'A wrong number in targetPort, or no targetPort (it then equals the service’s own port); or a program that listens on more ports than its pod declares.',
    proof:
      'targetPort is a number, every selected pod declares ports, and none of them is this one with this protocol. This does not prove that no process listens: if the pods’ sockets were read and one listens, nothing is reported; if none does, it is SVP108.',
    fix: 'Set targetPort to the port that the program listens on (kubectl edit service NAME). kubectl get pod NAME -o jsonpath={.spec.containers[*].ports} shows what is declared.',
    references: [],
  },
  {
    code: 'SVP111',
    name: 'ready-pod-not-in-slices',
    severity: 'error',
    what: 'A ready pod that the selector matches is in no slice: it gets no connections. A warning where the slices and the older Endpoints object list different ready addresses: kube-proxy follows the slices, programs that read Endpoints do not.',
    how: 'A controller that writes the slices or the Endpoints does not follow: it hangs, works from an old cache, or somebody patched what it wrote.',
    proof:
      'The pod’s Ready condition is true, it has the labels and the ports, is not on its way out, and no slice lists its address, while others are listed. Or both objects were read, and their ready addresses of the same family are not the same. Slices of other controllers are not judged.',
    fix: 'Read the log of kube-controller-manager; if you delete the slice, the controller writes it again: kubectl delete endpointslice -l kubernetes.io/service-name=NAME; of Endpoints: kubectl delete endpoints NAME.',
    references: ['#141592', '#127370', '#127429', '#117193'],
    passes: true,
  },
  {
    code: 'SVP112',
    name: 'stops-before-nodes-know',
    severity: 'info',
    what: 'Pods are killed before the nodes stop sending connections to them: at each rollout some connections fail.',
    how: 'Pods stop and rules change at the same time, and nothing waits for the nodes.',
    proof:
      'The pod’s terminationGracePeriodSeconds, or the sleep in its preStop hook, is shorter than at least half of kube-proxy’s syncs took on a node, or than at least half of the changes of endpoints took from the change to the rules, by its metrics (the latter from Kubernetes 1.25 on; before that restarts spoil it). A pod without a preStop hook may serve on by itself: nothing is said of it.',
    fix: 'Add a preStop sleep that is longer than a change takes to reach the slowest node, and a terminationGracePeriodSeconds longer than both.',
    references: ['#43576', '#86280', '#82378'],
  },
  {
    code: 'SVP113',
    name: 'zone-hints-not-used',
    severity: 'info',
    what: 'The service should keep connections within their zone, and does not: some endpoints have no topology hint, so every node uses all endpoints.',
    how: 'The controller gives no hints where a zone has too few endpoints, or a node has no zone label or CPU. One ready endpoint without a hint is enough.',
    proof:
      'Of the ready endpoints in the slices of one family, some have no hints, while others have them or the service asks for them (trafficDistribution, or the annotation service.kubernetes.io/topology-mode).',
    fix: 'kubectl describe service NAME shows the reason in its events; have endpoints in every zone, and label all nodes with topology.kubernetes.io/zone.',
    references: ['#122437', '#110714', '#119990'],
  },
]
