import type { Look } from '../terminal.ts'
import { toAscii } from './ascii.ts'
import { withLinks } from './links.ts'

/** A text as it goes to people, and not to programs: without what their terminal cannot show, and with links where it can. */
export function forPeople(text: string, { ascii, links }: Look): string {
  const plain = ascii ? toAscii(text) : text
  return links ? withLinks(plain) : plain
}
