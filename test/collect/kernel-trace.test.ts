/** The part of the node script that asks the kernel for a trace, in each shell, in namespaces of its own. */
import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readAnswer } from '../../src/collect/answer.ts'
import { traceTable } from '../../src/collect/kernel-trace.ts'
import { traceScript } from '../lab/traced.ts'
import { isLeftOut } from '../needs.ts'
import { scratch } from '../scratch.ts'

const FRAME = '0123456789abcdef'.repeat(2)
const TO_WEB = [{ protocol: 'TCP', address: '10.96.0.1', port: 80, sourcePorts: { from: 40000, to: 40009 } }] as const
const SHELLS = ['dash', 'busybox sh', 'bash']

/** Processes in a namespace of their own end with its first. */
const OWN = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']

describe('the table', () => {
  test('traces the first packets of the probe alone, before all other chains, and dies with its owner', () => {
    expect(traceTable(TO_WEB, 'svcpath-trace-1')).toBe(
      'table inet svcpath-trace-1 { flags owner; ' +
        ['prerouting', 'output']
          .map(
            (hook) =>
              `chain ${hook} { type filter hook ${hook} priority -500; policy accept; ip daddr 10.96.0.1 tcp dport 80 tcp sport 40000-40009 tcp flags & (fin|syn|rst|ack) == syn meta nftrace set 1; }`,
          )
          .join('; ') +
        '; }',
    )
  })

  test.each([
    ['an address that is none', { address: '10.96.0.1; flush ruleset', port: 80, sourcePorts: { from: 1, to: 2 } }],
    ['a port that is none', { address: '10.96.0.1', port: Number.NaN, sourcePorts: { from: 1, to: 2 } }],
    ['ports the wrong way round', { address: '10.96.0.1', port: 80, sourcePorts: { from: 2, to: 1 } }],
  ])('%s comes to no rule', (_, packets) => {
    expect(traceTable([{ protocol: 'TCP', ...packets }], 'n')).not.toMatch(/daddr|flush/)
  })
})

describe.skipIf(isLeftOut('script'))('the trace', () => {
  /** Runs a command while the kernel tells; `setup` comes before, `after` behind. */
  function run(command: string, shell: string, { setup = '', after = 'nft list tables', path = '' } = {}) {
    const folder = scratchFolder()
    const script = join(folder, 'script')
    writeFileSync(script, traceScript(TO_WEB, command))
    const begin = `ip link set lo up; ip addr add 10.96.0.1/32 dev lo; ${setup || 'true'}`
    const shellLine = `${path}${shell} <${script}; echo AFTER; ${after}`
    const { stdout } = spawnSync('unshare', [...OWN, 'sh', '-c', `${begin}; ${shellLine}`], {
      encoding: 'utf8',
      timeout: 30_000,
      killSignal: 'SIGKILL',
    })
    const answer = readAnswer(Buffer.from(stdout), FRAME)
    const textOf = (name: string) => answer.sections.find(({ file }) => file === name)
    return { ...answer, stdout, trace: textOf('kernel-trace.txt'), after: stdout.split('\nAFTER\n')[1] }
  }

  const SYN = 'curl -s -m 1 --local-port 40000-40009 http://10.96.0.1/'

  test.each(SHELLS)('in %s: the packets, and nothing is left', (shell) => {
    const { complete, trace, after, stdout } = run(`nft list tables; ${SYN}; echo sent`, shell)
    expect([complete, trace?.exitCode]).toEqual([true, 0])
    expect(stdout).toContain('table inet svcpath-trace-0123456789ab\nsent\n')
    expect(trace?.text).toMatch(/tcp sport 4000\d tcp dport 80 tcp flags == syn/)
    expect(trace?.text).toMatch(/# told to the end, 0 lost\n$/)
    expect(after).toBe('')
  })

  test("another process's flush takes everything but the table", () => {
    const setup = 'nft add table ip web; nft add chain ip web c'
    const { trace } = run(
      `nft flush ruleset; nft list tables >&2; ${SYN}; nft delete table inet svcpath-trace-0123456789ab`,
      'dash',
      { setup },
    )
    expect(trace?.text).toMatch(/tcp sport 4000\d tcp dport 80/)
    expect(trace?.text).toMatch(/# told to the end, 0 lost\n$/)
  })

  test('without setpriv', () => {
    const folder = scratchFolder()
    const setup = `touch ${folder}/none; mount --bind ${folder}/none /usr/bin/setpriv`
    const { trace, after } = run(SYN, 'dash', { setup, after: 'nft list tables; pgrep nft' })
    expect([trace?.text.includes('# told to the end, 0 lost'), after]).toEqual([true, ''])
  })

  test('no file is written', () => {
    const home = scratchFolder()
    run(SYN, 'dash', { setup: `export HOME=${home}` })
    expect(readdirSync(home)).toEqual([])
  })

  test.each([
    ['an nft that does not know the flag', 'echo "Error: syntax error, unexpected string" >&2; exit 1', /syntax error/],
    [
      'a kernel that refuses it',
      'echo "Error: Could not process rule: Operation not supported" >&2; exit 1',
      /not supported/,
    ],
  ])('%s: it says so, makes nothing, and the probe goes on', (_, fake, words) => {
    const folder = scratchFolder()
    const tried = join(folder, 'tried')
    writeFileSync(join(folder, 'nft'), `#!/bin/sh\necho "$1" >>${tried}\n${fake}\n`, { mode: 0o755 })
    const { complete, trace, stdout, after } = run('echo probed', 'dash', {
      path: `PATH=${folder}:$PATH `,
      after: `nft list tables; cat ${tried}`,
    })
    expect([complete, trace?.exitCode, trace?.text.trim()]).toEqual([true, 1, ''])
    expect(trace?.stderr).toMatch(words)
    expect(stdout).toContain('probed\n')
    expect(after).toBe('-c\n')
  })

  test('nothing of nft on the node: it says so, and the probe goes on', () => {
    const folder = scratchFolder()
    const setup = `for tool in nft; do touch ${folder}/none; mount --bind ${folder}/none /usr/sbin/$tool; done`
    const { complete, trace, stdout } = run('echo probed', 'dash', { setup, after: 'true' })
    expect([complete, trace?.exitCode]).toEqual([true, 1])
    expect(trace?.stderr).toContain('there is no nft')
    expect(stdout).toContain('probed\n')
  })

  test.each(SHELLS)('in %s: killed at any moment, it leaves no table and no process', { timeout: 300_000 }, (shell) => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'script'), traceScript(TO_WEB, 'while :; do sleep 0.05; done'))
    writeFileSync(join(folder, 'driver'), DRIVER)
    const rounds = process.env.SVCPATH_KILLS ?? '9'
    const { stdout, status } = spawnSync(
      'unshare',
      [...OWN, 'bash', join(folder, 'driver'), shell, join(folder, 'script'), rounds],
      {
        encoding: 'utf8',
      },
    )
    const lines = stdout.split('\n').filter((line) => line !== '')
    expect([status, lines.at(-1)]).toEqual([0, 'done'])
    // The table had been made by then in some of the rounds.
    expect(lines).toContain('seen')
  })
})

/** Kills the first shell, the owner of the table, or all shells at once, each at another moment, and waits until nothing is left. */
const DRIVER = `
shell=$1 script=$2 rounds=$3
# Sets others to all processes but this one that have not ended; without a process of its own.
find_others() {
  others=
  for p in /proc/[0-9]*; do
    pid=${'$'}{p#/proc/}
    [ "$pid" != $$ ] && read -r stat 2>/dev/null <"$p/stat" || continue
    rest=${'$'}{stat##*) }
    [ "${'$'}{rest%% *}" = Z ] || others="$others $pid"
  done
}
tables() { nft list tables | grep svcpath; }
for round in $(seq "$rounds"); do
  $shell <"$script" >/dev/null 2>&1 &
  main=$!
  if [ $((round % 3)) = 0 ]; then until tables >/dev/null; do sleep 0.01; done; fi
  sleep 0.$(printf %02d $((RANDOM % 60)))
  tables >/dev/null && echo seen
  case $((RANDOM % 3)) in
    0) kill -9 $main;;
    1) kill -9 $(pgrep -f 'nft -i') 2>/dev/null; until ! tables >/dev/null; do sleep 0.02; done; kill -9 $main;;
    2) kill -9 $(pgrep -x "$(basename "$(readlink /proc/$main/exe)")" | grep -v -x -e $$) $main 2>/dev/null;;
  esac
  until ! tables >/dev/null; do sleep 0.02; done
  until find_others; [ -z "$others" ]; do sleep 0.02; done
done
echo done
`

function scratchFolder(): string {
  const folder = scratch('kernel-trace')
  onTestFinished(() => folder.remove())
  return folder.path
}
