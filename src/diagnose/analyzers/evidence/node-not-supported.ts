import { proxiesOn } from '../../../proxies/on-node.ts'
import { type Analyzer, apiEvidence, type Case, type Draft, familiesOf, walkedNodes } from '../../case.ts'

/** A node that is not Linux, or that translates by other means than kube-proxy's rules. */
export const nodeNotSupported: Analyzer = {
  code: 'SVP804',
  find: (seen) => [...otherSystems(seen), ...otherDataplanes(seen)],
}

const otherSystems = ({ observation: { cluster }, report }: Case): Draft[] =>
  (cluster.nodes ?? [])
    .filter(({ name }) => report.nodes.some((node) => node.name === name))
    .flatMap(({ name, operatingSystem }) =>
      operatingSystem === null || operatingSystem === 'linux'
        ? []
        : [
            {
              node: name,
              subject: name,
              message: `${name} runs ${operatingSystem}, whose data plane is not read${WHERE_TO_LOOK[operatingSystem] ?? ''}`,
              evidence: [apiEvidence(`kubectl get node ${name} -o wide`, operatingSystem)],
            },
          ],
    )

/** HCN holds a load balancer for each service port on Windows (pkg/proxy/winkernel). */
const WHERE_TO_LOOK: Readonly<Record<string, string>> = {
  windows: ': hnsdiag list loadbalancers -d shows its load balancers there',
}

const otherDataplanes = (seen: Case): Draft[] =>
  walkedNodes(seen).flatMap(({ path, state }) => {
    const families = familiesOf(path.entries.filter(({ kind }) => kind !== 'podIP'))
    const found = families.flatMap((family) => proxiesOn(state, family).other ?? [])[0]
    return found
      ? [{ node: path.name, subject: path.name, message: `on ${path.name} ${found}: its path is not known` }]
      : []
  })
