/** `bpftool -j cgroup tree`: programs that see what the processes of a cgroup send, receive and connect to. */
import type { AttachedProgram } from '../../model/node.ts'
import { objectsOf, readEach, stringOf } from '../host/json.ts'
import { type Parsed, ProblemLog } from '../parsed.ts'

export function parseBpftoolCgroups(text: string, file: string): Parsed<AttachedProgram> {
  const log = new ProblemLog(file)
  if (text.trim() === '') log.add(null, 'bpftool printed nothing')
  const items = readEach(text, log, (entry) => {
    const cgroup = stringOf(entry, 'cgroup')
    return objectsOf(entry, 'programs').map((one): AttachedProgram => {
      const place = stringOf(one, 'attach_type') ?? 'cgroup'
      const source = { command: 'bpftool cgroup tree', file, line: null, text: `${cgroup} ${JSON.stringify(one)}` }
      return { hook: 'cgroup', device: null, cgroup, place, name: stringOf(one, 'name'), kind: 'bpf', source }
    })
  }).flat()
  return { items, problems: log.list() }
}
