import { type Html, html } from './html.ts'

/** What a page has room for beside the rest, in characters, so that ten nodes stay below 500 kB. More is left out, unless all was asked for. */
export class Room {
  private left: number
  constructor(characters: number, all: boolean) {
    this.left = all ? Number.POSITIVE_INFINITY : characters
  }

  /** Null where there is no room. */
  take(piece: Html): Html | null {
    if (piece.text.length > this.left) return null
    this.left -= piece.text.length
    return piece
  }
}

/** What is said in its place. */
export const LEFT_OUT = html`<p class="dim">Left out to keep this file small: -v shows all, and -o json has it, too.</p>`
