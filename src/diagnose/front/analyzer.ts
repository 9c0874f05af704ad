import type { FrontCase } from '../../front/case.ts'
import type { Evidence } from '../../model/evidence.ts'
import type { Severity } from '../../model/finding.ts'
import type { Condition } from '../../model/front/objects.ts'
import { sh } from '../../model/shell.ts'

/** What was found on the way to a Service, before the catalogue gives it its name and level. */
export interface FrontDraft {
  subject: string
  message: string
  evidence: Evidence[]
  fix: string
  /** Where it is not the catalogue's. */
  severity?: Severity
}

/** One code of 9xx, looked for. Pure. */
export interface FrontAnalyzer {
  code: string
  find(seen: FrontCase): FrontDraft[]
}

export const evidence = (command: string, text: string): Evidence => ({
  ...{ node: null, command, file: '', line: null, text },
})

/** `kubectl get httproute web -n shop -o yaml` */
export const getCommand = (kind: string, { namespace, name }: { namespace: string; name: string }): string =>
  namespace === ''
    ? sh`kubectl get ${kind.toLowerCase()} ${name} -o yaml`
    : sh`kubectl get ${kind.toLowerCase()} ${name} -n ${namespace} -o yaml`

/** `Programmed: False, AddressNotAssigned: no address` */
export const conditionText = ({ type, status, reason, message }: Condition): string =>
  `${type}: ${status}${reason ? `, ${reason}` : ''}${message ? `: ${message}` : ''}`
