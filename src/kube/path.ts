import { KubeError } from './errors.ts'

/** A name as a segment of a path. `.` and `..` would lead elsewhere, encoded or not: a URL's parser takes them away. */
export function segment(name: string): string {
  if (/^\.{0,2}$/.test(name)) throw new KubeError('invalid', `${JSON.stringify(name)} can be no object's name`)
  return encodeURIComponent(name)
}
