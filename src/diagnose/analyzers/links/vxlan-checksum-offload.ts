import { sh } from '../../../model/shell.ts'
import { type Analyzer, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** Kernels whose VXLAN corrupts checksums of masqueraded packets where the interface computes them: mended in 5.7 and taken back into these (k/k#88986). */
const MENDED: readonly (readonly [number, number, number])[] = [
  [4, 14, 181],
  [4, 19, 123],
  [5, 4, 41],
  [5, 6, 13],
]

/** VXLAN on a kernel known to get its checksums wrong. */
export const vxlanChecksumOffload: Analyzer = {
  code: 'SVP507',
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path, state }) => {
      const used = new Set(
        path.entries.flatMap(({ endpoints }) => endpoints.flatMap(({ link }) => link.interface ?? [])),
      )
      const vxlan = state.links?.find(({ kind, name }) => kind === 'vxlan' && used.has(name))
      if (!vxlan || !state.kernel || !isAffected(state.kernel)) return []
      return [
        {
          node: path.name,
          subject: vxlan.name,
          message: `${vxlan.name} is VXLAN on kernel ${state.kernel}, which computes wrong checksums for masqueraded packets: such connections hang for seconds`,
          evidence: [
            {
              node: path.name,
              command: 'uname -r',
              file: `nodes/${path.name}/versions.txt`,
              line: null,
              text: state.kernel,
            },
          ],
          fix: onNode(
            path.name,
            sh`ethtool -K ${vxlan.name} tx-checksum-ip-generic off`,
            'if connections by way of it are slow to begin; or a newer kernel',
          ),
        },
      ]
    }),
}

function isAffected(kernel: string): boolean {
  const [major = 0, minor = 0, patch = 0] = kernel.split(/[.-]/).map(Number)
  if (!major || major > 5 || (major === 5 && minor >= 7)) return false
  const series = MENDED.find(([a, b]) => a === major && b === minor)
  return series === undefined || patch < series[2]
}
