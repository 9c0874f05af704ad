import { existsSync, readFileSync } from 'node:fs'
import type { Chosen, Surroundings } from './kubeconfig.ts'

/** A pod's own service account (kubernetes.io, "Accessing the Kubernetes API from a Pod"). */
export function inCluster({ env, root }: Surroundings): Chosen | null {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env
  const folder = `${root}/var/run/secrets/kubernetes.io/serviceaccount`
  if (!host || !existsSync(`${folder}/token`)) return null
  const namespace = existsSync(`${folder}/namespace`) ? readFileSync(`${folder}/namespace`, 'utf8').trim() : ''
  return {
    name: 'in-cluster',
    namespace: namespace || 'default',
    cluster: {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      ...(existsSync(`${folder}/ca.crt`) ? { 'certificate-authority': `${folder}/ca.crt` } : {}),
    },
    user: { tokenFile: `${folder}/token` },
  }
}
