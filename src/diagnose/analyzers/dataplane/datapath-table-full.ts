import { proxiesOn } from '../../../proxies/on-node.ts'
import { type Analyzer, familiesOf, walkedNodes } from '../../case.ts'

/** A table of services in the kernel that takes no more. */
export const datapathTableFull: Analyzer = {
  code: 'SVP333',
  beyond: true,
  find(seen) {
    return walkedNodes(seen).flatMap(({ path, state }) => {
      const full = familiesOf(path.entries).flatMap((family) => proxiesOn(state, family).full)
      return [...new Map(full.map((one) => [one.name, one])).values()].map(({ name, source, remedy }) => ({
        node: path.name,
        subject: name,
        message: `${name} on ${path.name} is full: new services and endpoints are not added`,
        evidence: [{ node: path.name, ...source }],
        fix: remedy,
      }))
    })
  },
}
