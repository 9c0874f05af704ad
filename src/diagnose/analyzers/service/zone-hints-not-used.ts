import { familyOf } from '../../../model/address.ts'
import type { Endpoint } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, listed, slicesCommand } from '../../case.ts'
import { withNote } from '../../fix.ts'

/**
 * Endpoints without a topology hint, where others have one, or the service asks for it: kube-proxy then takes all of them (pkg/proxy/topology.go). Of each family by
 * itself, as kube-proxy does.
 */
export const zoneHintsNotUsed: Analyzer = {
  code: 'SVP113',
  find({ service, endpoints }) {
    return ([4, 6] as const).flatMap((family) => {
      // A text that is no slice shows no hints.
      const ready = (endpoints ?? []).filter((one) => one.ready && one.slice && familyOf(one.address) === family)
      const bare = ready.filter(({ hints }) => !hints)
      const asked = service.topology ?? null
      if (bare.length === 0 || (asked === null && bare.length === ready.length)) return []
      const addresses = unique(bare)
      const all = unique(ready)
      const wish = asked === null ? 'other endpoints have hints for zones' : `the service asks for ${asked}`
      return [
        {
          subject: listed(addresses),
          subjects: addresses,
          message: `${wish}, but ${addresses.length} of ${all.length} ready endpoints ${addresses.length === 1 ? 'has' : 'have'} no hint: every node uses all endpoints, whatever their zone`,
          evidence: [apiEvidence(`${slicesCommand(service)} -o yaml`, `no hints: ${listed(addresses)}`)],
          fix: withNote(
            sh`kubectl describe service -n ${service.namespace} ${service.name}`,
            'its events name the reason: too few endpoints for each zone, or nodes without a zone label',
          ),
          hits: [],
        },
      ]
    })
  },
}

const unique = (endpoints: readonly Endpoint[]): string[] => [...new Set(endpoints.map(({ address }) => address))]
