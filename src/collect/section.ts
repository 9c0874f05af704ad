/** One command's output on a node, under the name that a capture gives its file. */
export interface Section {
  /** A file of `nodes/NAME/`: `iptables-save.txt`, `ip-link.json` … */
  file: string
  /** What was run, as a person would type it. */
  command: string
  /** Null: it ran into its time limit, or the answer ended in its midst. */
  exitCode: number | null
  stderr: string
  /** How long it took there. */
  milliseconds: number | null
  text: string
  /** The section's end came, and with it the length that was announced. */
  complete: boolean
  /** What the node left out of it because no service that was asked for needs it: `19,992 chains of other services`. Null: nothing. */
  leftOut: string | null
}
