import type { KubeObject } from '../../kube/api.ts'

export const NAME_LABEL = 'app.kubernetes.io/name'
export const NAME = 'kubectl-svcpath'
export const RUN_LABEL = 'svcpath.dev/run'

/** A well-known image with iptables, nft, conntrack, iproute2 and a shell. */
export const DEFAULT_IMAGE = 'nicolaka/netshoot:v0.13'

export interface DebugPod {
  node: string
  namespace: string
  image: string
  privileged: boolean
  run: string
  who: string
  /** It ends by itself then, whatever becomes of this run. */
  deadlineSeconds: number
}

/**
 * The manifest of a debug pod. It may do what reading takes and no more:
 * NET_ADMIN for nf_tables, iptables and conntrack over netlink (net/netfilter/nfnetlink.c asks for it), NET_RAW for iptables-legacy's raw
 * socket, SYS_ADMIN and SYS_CHROOT to enter the pods' network namespaces and the host's mounts (setns(2)), SYS_PTRACE to open /proc/1/ns.
 */
export function debugPod({ node, namespace, image, privileged, run, who, deadlineSeconds }: DebugPod): KubeObject {
  const capabilities = { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE'] }
  const limited = { allowPrivilegeEscalation: false, capabilities, seccompProfile: { type: 'Unconfined' } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'svcpath-debug-',
      namespace,
      labels: { [NAME_LABEL]: NAME, 'app.kubernetes.io/component': 'node-debug', [RUN_LABEL]: run },
      annotations: {
        'svcpath.dev/why': 'reads service rules, connections, links and routes of the node; removed when done',
        'svcpath.dev/who': who,
        'svcpath.dev/node': node,
      },
    } as NonNullable<KubeObject['metadata']>,
    spec: {
      nodeName: node,
      hostNetwork: true,
      hostPID: true,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      activeDeadlineSeconds: deadlineSeconds,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      dnsPolicy: 'Default',
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'debug',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sleep', String(deadlineSeconds)],
          resources: { requests: { cpu: '1m', memory: '8Mi' } },
          securityContext: {
            runAsUser: 0,
            readOnlyRootFilesystem: true,
            ...(privileged ? { privileged: true } : limited),
          },
        },
      ],
    },
  }
}
