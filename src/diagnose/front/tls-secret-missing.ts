import { isFalse } from '../../front/attach.ts'
import type { FrontCase } from '../../front/case.ts'
import { presenceOf } from '../../front/known.ts'
import { sh } from '../../model/shell.ts'
import { conditionText, evidence, type FrontAnalyzer, type FrontDraft } from './analyzer.ts'
import { listenersInUse } from './listeners.ts'

/** The API has no Secret of the name that TLS needs. */
export const tlsSecretMissing: FrontAnalyzer = {
  code: 'SVP905',
  find: (seen) => [...ofIngress(seen), ...ofListeners(seen)],
}

function ofIngress({ ingress, front }: FrontCase): FrontDraft[] {
  const missing = (ingress?.tls ?? []).filter(
    ({ secret }) => secret !== null && presenceOf(front, 'Secret', ingress!.namespace, secret) === 'absent',
  )
  return missing.map(({ secret, hosts }) => ({
    ...draft(ingress!.namespace, secret!),
    message: `the TLS Secret ${ingress!.namespace}/${secret} does not exist: HTTPS clients of ${hosts.join(', ') || 'this Ingress'} get no valid certificate`,
  }))
}

const ofListeners = (seen: FrontCase): FrontDraft[] =>
  listenersInUse(seen).flatMap(({ at, listener, conditions }) =>
    listener.certificates
      .filter(({ kind, group }) => kind === 'Secret' && group === '')
      .filter(({ namespace, name }) => presenceOf(seen.front, 'Secret', namespace, name) === 'absent')
      .map(({ namespace, name }) => {
        const said = conditions.filter((one) => isFalse(one, 'ResolvedRefs')).map(conditionText)
        const made = draft(namespace, name)
        return {
          ...made,
          message: `the Secret ${namespace}/${name}, the certificate of listener ${listener.name} of Gateway ${at.namespace}/${at.name}, does not exist: HTTPS clients get no valid certificate`,
          evidence: [
            ...made.evidence,
            ...said.map((text) => evidence(sh`kubectl get gateway ${at.name} -n ${at.namespace} -o yaml`, text)),
          ],
        }
      }),
  )

const draft = (namespace: string, name: string): Omit<FrontDraft, 'message'> => ({
  subject: `${namespace}/${name}`,
  evidence: [evidence(sh`kubectl get secret ${name} -n ${namespace}`, 'no such secret')],
  fix:
    sh`kubectl get secrets -n ${namespace} --field-selector type=kubernetes.io/tls` +
    '  # name one of them, or create it: kubectl create secret tls',
})
