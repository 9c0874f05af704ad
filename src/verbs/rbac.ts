/** `rbac`: the roles that a way onto the nodes needs, as YAML. */
import { rbacManifest } from '../kube/permissions.ts'
import type { Io } from '../model/io.ts'
import type { WayName } from '../model/way.ts'

export interface RbacWords {
  via: WayName
  /** Of the pods that are exec'd into or made. */
  namespace: string
  /** `Group/oncall`; null: nobody gets them yet. */
  subject: string | null
}

/** Gives the exit code 0. */
export function rbacVerb({ via, namespace, subject }: RbacWords, { stdout }: Io): number {
  stdout.write(rbacManifest(via, { namespace, ...(subject ? { subject } : {}) }))
  return 0
}
