import type { KubeObject } from '../../kube/api.ts'
import { RESOURCES } from '../../kube/path.ts'
import { type CaptureFile, listFile } from '../bundle.ts'
import type { Lookups } from './lookups.ts'

/** The files of what leads to Services, and one of what became of each question. Secrets are in none of them. */
export function frontFiles({ objects, all }: Lookups): CaptureFile[] {
  const lists = [...objects].filter(([kind]) => kind !== 'Service' && kind !== 'Secret')
  const lookups = all.map(
    ({ kind, namespace, name, answer }, i): KubeObject => ({
      ...{ apiVersion: 'svcpath/v1alpha1', kind: 'Lookup', metadata: { name: `lookup-${i + 1}` } },
      spec: { kind, ...(namespace === null ? {} : { namespace }), ...(name === null ? {} : { name }), answer },
    }),
  )
  return [...lists.flatMap(([kind, items]) => listFile(RESOURCES[kind].plural, items)), ...listFile('lookups', lookups)]
}
