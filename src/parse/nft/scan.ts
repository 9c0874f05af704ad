/** Where a sticky expression that begins at a position ends; the position itself where it does not fit. */
export function skip(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at
  return expression.test(text) ? expression.lastIndex : at
}
