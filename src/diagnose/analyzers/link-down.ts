import { sh } from '../../model/shell.ts'
import { type Analyzer, walkedNodes } from '../case.ts'
import { onNode } from '../fix.ts'

/** An interface of the path that is down. */
export const linkDown: Analyzer = {
  code: 'SVP503',
  find(seen) {
    return walkedNodes(seen).flatMap(({ path, state }) => {
      const onPath = new Set(
        path.entries.flatMap(({ endpoints }) =>
          endpoints.flatMap(({ link, probability }) => (probability > 0 ? [link.interface, link.bridge] : [])),
        ),
      )
      return (state.links ?? []).flatMap(({ name, up }) => {
        if (up || !onPath.has(name)) return []
        return [
          {
            node: path.name,
            subject: name,
            message: `the interface ${name} is down on ${path.name}: what has to pass it is lost`,
            evidence: [
              {
                node: path.name,
                command: `ip link show ${name}`,
                file: `nodes/${path.name}/ip-link.json`,
                line: null,
                text: `${name} state DOWN`,
              },
            ],
            fix: onNode(path.name, sh`ip link set ${name} up`),
          },
        ]
      })
    })
  },
}
