/** Names of files in captures: which are passed over, which are refused, and how they become paths. */

/**
 * The path that a name in an archive or folder stands for: parts between slashes, without `.` parts, and without the
 * `.gz` of a file that is unpacked when it is read.
 */
export function pathOf(name: string): string {
  const path = partsOf(name).join('/')
  return path.endsWith('.gz') ? path.slice(0, -'.gz'.length) : path
}

/** True for what desktops and version control leave behind. */
export const isClutter = (name: string): boolean =>
  partsOf(name).some((part) => part.startsWith('._') || part === '.DS_Store' || part === '.git')

/**
 * Why a name is not accepted; null where it is fine. Nothing is ever written under these names, but they are printed
 * and matched, and a name that leads out of the archive or holds control characters was not made by a capture.
 */
export function refusalOf(name: string, depth: number): string | null {
  if (partsOf(name).length === 0) return 'it has no name'
  if (/^([/\\]|[A-Za-z]:[/\\])/.test(name)) return 'its name is an absolute path'
  if (name.split(/[/\\]/).includes('..')) return 'its name leads out of the archive'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return 'its name holds control characters'
  if (partsOf(name).length > depth) return `it lies more than ${depth} folders deep`
  return null
}

/** A name as it goes into a message. */
export const shown = (name: string): string =>
  JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name).slice(1, -1)

const partsOf = (name: string): string[] => name.split('/').filter((part) => part !== '' && part !== '.')
