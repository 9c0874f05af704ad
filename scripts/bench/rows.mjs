// What all benchmarks print alike: our figure, the yardstick's of the same run, their ratio, and what issue 15 asks for.

/** `values` of one figure, taken in turn with others. */
export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/**
 * One row. `beside`: the yardstick's figure, in the same unit; null where the aim is a bare number. `aim`: what the ratio may be at most, or the figure
 * itself where there is no yardstick; null where nothing was asked for.
 */
export function row(name, figure, { unit = 'ms', beside = null, aim = null }) {
  const ratio = beside === null ? null : figure / beside
  const measured = ratio ?? figure
  const cells = [
    name.padEnd(44),
    `${shown(figure, unit)} ${unit}`.padStart(10),
    beside === null ? ''.padStart(12) : `${shown(beside, unit)} ${unit}`.padStart(12),
    ratio === null ? ''.padStart(8) : `× ${ratio.toFixed(2)}`.padStart(8),
    aim === null
      ? ''
      : `   aim: at most ${aim}${ratio === null ? ` ${unit}` : ''}${measured > aim ? ', not reached' : ''}`,
  ]
  console.log(cells.join('').trimEnd())
}

export const head = (title, ours, yardstick) =>
  console.log(`\n${title.padEnd(44)}${ours.padStart(10)}${yardstick.padStart(12)}${'ratio'.padStart(8)}`)

const shown = (value, unit) => value.toFixed(unit === 's' ? 2 : value < 10 ? 1 : 0)
