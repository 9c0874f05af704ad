/**
 * The proof of `probe`: connections die in every way that can be made in the lab, from pods and nodes, in IPv4 and IPv6, under kube-proxy's rules of
 * iptables and of nftables; each place of death that probe names must be the one where it was made. What it says that it does not know is counted.
 *
 * A probe is what one place connects to one entry. SVCPATH_PROBES are made (default a handful) of SVCPATH_PROBES_SEED (default: always the same), from round
 * SVCPATH_PROBES_FIRST on, in SVCPATH_PROBES_LABS labs at once. `npm run prove` makes 1,000. SVCPATH_PROBES_LOG names a file for each round's outcome.
 */
import { appendFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isLeftOut } from '../needs.ts'
import { FAULTS, faultOf } from './prove/faults.ts'
import { ProofLab, type Round } from './prove/round.ts'
import type { Dialect } from './prove/round-model.ts'

const { SVCPATH_PROBES, SVCPATH_PROBES_SEED, SVCPATH_PROBES_FIRST, SVCPATH_PROBES_LABS, SVCPATH_PROBES_LOG } =
  process.env
const PROBES = Number(SVCPATH_PROBES ?? 60)
const SEED = Number(SVCPATH_PROBES_SEED ?? 1)
const FIRST = Number(SVCPATH_PROBES_FIRST ?? 0)
const LABS = Number(SVCPATH_PROBES_LABS ?? 2)

/** On a machine with much else to do a client gives up while its answer is on the way. */
const MOST_UNPLACED = 0.2

describe.skipIf(isLeftOut('cluster'))('the proof', { timeout: 10 * 3_600_000 }, () => {
  test(`${PROBES} probes of seed ${SEED}: no wrong place of death`, async () => {
    const rounds = await proof()
    expect(probesOf(rounds)).toBeGreaterThanOrEqual(PROBES)
    expect(rounds.flatMap(({ wrong, again }) => wrong.map((one) => `${one}\n  again: ${again}`))).toEqual([])
    const table = tally(rounds)
    if (SVCPATH_PROBES) console.log(table.map((row) => Object.values(row).join('\t')).join('\n'))
    const tooOften = table.filter(
      ({ fault, killed, unplaced }) =>
        killed >= 50 && !faultOf(fault).mayStayUnplaced && unplaced / killed > MOST_UNPLACED,
    )
    expect(tooOften).toEqual([])
  })
})

/** Even rounds are made in one dialect, odd ones in the other. */
async function proof(): Promise<Round[]> {
  const done: Round[] = []
  const next = { iptables: FIRST + (FIRST % 2), nft: FIRST + 1 - (FIRST % 2) }
  const work = async (dialect: Dialect) => {
    const lab = await ProofLab.start(dialect)
    try {
      while (probesOf(done) < PROBES) {
        const number = next[dialect]
        next[dialect] += 2
        const round = await lab.round(SEED, number)
        if (!round) continue
        done.push(round)
        log(round)
      }
    } finally {
      lab.stop()
    }
  }
  const dialects = PROBES === 1 ? [FIRST % 2 === 0 ? 'iptables' : 'nft'] : ['iptables', 'nft']
  await Promise.all(
    Array.from({ length: Math.min(LABS, PROBES) }, (_, i) => work(dialects[i % dialects.length] as Dialect)),
  )
  return done
}

const probesOf = (rounds: readonly Round[]): number => rounds.reduce((sum, { probes }) => sum + probes, 0)

function log({ scene, wrong, again, probes, made, killed, unplaced, report }: Round): void {
  if (!SVCPATH_PROBES_LOG) return
  const { fault, dialect, service, family, places, node, firewall, deed, target } = scene
  const drawn = {
    dialect,
    service,
    family,
    from: places.map((one) => one.pod?.name ?? one.node),
    to: target.address,
    node,
    firewall,
    deed,
  }
  const shown =
    wrong.length > 0 || unplaced > 0
      ? report?.places.flatMap(({ entries }) =>
          entries.map(({ address, node, deaths, unknowns }) => ({ address, node, deaths, unknowns })),
        )
      : undefined
  const line = { fault, ...drawn, probes, made, killed, unplaced, wrong, again, shown }
  appendFileSync(SVCPATH_PROBES_LOG, `${JSON.stringify(line)}\n`)
}

interface Row {
  fault: string
  rounds: number
  probes: number
  made: number
  killed: number
  unplaced: number
}

function tally(rounds: readonly Round[]): Row[] {
  return Object.keys(FAULTS).map((fault) => {
    const own = rounds.filter(({ scene }) => scene.fault === fault)
    const sum = (part: 'probes' | 'made' | 'killed' | 'unplaced') => own.reduce((total, one) => total + one[part], 0)
    return {
      fault,
      rounds: own.length,
      probes: sum('probes'),
      made: sum('made'),
      killed: sum('killed'),
      unplaced: sum('unplaced'),
    }
  })
}
