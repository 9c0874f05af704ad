/** The node script's look at programs beside the rules: with the real tc, and with a bpftool that answers as the real one does. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readAnswer } from '../../src/collect/answer.ts'
import { nodeScript } from '../../src/collect/script.ts'
import { observeFiles } from '../../src/observe/observation.ts'
import { isLeftOut } from '../needs.ts'
import { scratch } from '../scratch.ts'

const FRAME = '0123456789abcdef'.repeat(2)
const SHELLS = ['dash', 'busybox sh', 'bash']

const BPFTOOL = `#!/bin/sh
case "$*" in
  '-j net show') echo '[{"xdp":[],"tc":[{"devname":"v0","ifindex":2,"kind":"tcx/ingress","name":"cil_from_netdev","prog_id":1}]}]';;
  '-j cgroup tree') echo '[{"cgroup":"/sys/fs/cgroup","programs":[{"id":5,"attach_type":"cgroup_inet4_connect","name":"x"}]}]';;
  *) exit 1;;
esac
`

const LINKS =
  'ip link add v0 type veth peer name v1; tc qdisc add dev v0 clsact; tc filter add dev v0 ingress bpf da bytecode "1,6 0 0 4294967295"'

function programsSeen(setup: string, shell: string) {
  const done = spawnSync('unshare', ['--net', 'sh', '-c', `${setup}; exec ${shell}`], {
    input: nodeScript({ services: null, parts: 'all' }, FRAME),
    maxBuffer: 1e9,
  })
  const answer = readAnswer(done.stdout, FRAME)
  expect(answer.complete).toBe(true)
  const files = answer.sections.map(({ file, text }) => ({ path: `nodes/n1/${file}`, text }))
  const [node] = observeFiles(files, { source: 'live', origin: 'test', problems: [] }).nodes
  return node!.programs?.map(({ hook, device, place, name }) => [hook, device, place, name])
}

describe.skipIf(isLeftOut('script')).each(SHELLS)('in %s', (shell) => {
  test('tc is asked at each link that has a place for filters', () => {
    expect(programsSeen(LINKS, shell)).toEqual([['tc', 'v0', 'clsact/ingress', null]])
  })

  test('bpftool knows them all', () => {
    const { path: dir, remove } = scratch('bpftool')
    onTestFinished(remove)
    writeFileSync(join(dir, 'bpftool'), BPFTOOL, { mode: 0o755 })
    expect(programsSeen(`${LINKS}; export PATH=${dir}:$PATH`, shell)).toEqual([
      ['tcx', 'v0', 'tcx/ingress', 'cil_from_netdev'],
      ['cgroup', null, 'cgroup_inet4_connect', 'x'],
    ])
  })

  test('nothing there is nothing found', () => {
    expect(programsSeen('true', shell) ?? []).toEqual([])
  })
})
