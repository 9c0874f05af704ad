/**
 * The probability that chi-squared with this many degrees of freedom is at least as large by chance: the regularised upper incomplete gamma function
 * Q(k/2, x/2), by its series below k/2 + 1 and by Lentz's continued fraction above (Abramowitz and Stegun, 6.5.29 and 6.5.31).
 */
export function chiSquaredTail(statistic: number, freedom: number): number {
  const a = freedom / 2
  const x = statistic / 2
  if (x <= 0) return 1
  const front = Math.exp(a * Math.log(x) - x - logGamma(a))
  return x < a + 1 ? 1 - front * series(a, x) : front * fraction(a, x)
}

const STEPS = 1000
const PRECISION = 1e-15

function series(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let n = 1; n < STEPS && term > sum * PRECISION; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum
}

function fraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let result = d
  for (let n = 1; n < STEPS; n++) {
    const step = -n * (n - a)
    b += 2
    d = 1 / (step * d + b)
    c = b + step / c
    const change = d * c
    result *= change
    if (Math.abs(change - 1) < PRECISION) break
  }
  return result
}

/** Stirling's series (Abramowitz and Stegun, 6.1.41), from an argument large enough for it. */
function logGamma(a: number): number {
  let z = a
  let shift = 0
  while (z < 10) {
    shift += Math.log(z)
    z += 1
  }
  const tail = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5)
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + tail - shift
}
