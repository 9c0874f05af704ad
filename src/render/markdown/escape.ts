/** Words from elsewhere between as many backticks as end nowhere in them: nothing in them is a link, an image or HTML. */
export function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const space = /^`|`$|^ .* $/.test(text) ? ' ' : ''
  return `${fence}${space}${text}${space}${fence}`
}

/** Each mark of Markdown and HTML is escaped. */
export const plain = (text: string): string => text.replaceAll(/[\\`*_{}[\]()<>#|~&!@]/g, '\\$&')
