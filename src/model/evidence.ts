/** A line somebody can look up. */
export interface Evidence {
  node: string | null
  command: string
  file: string
  line: number | null
  text: string
}
