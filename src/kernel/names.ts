import type { UnseenPort } from '../model/rules.ts'

/** The few words of whoever wrote the rules that the walk needs: handed in, so that the walk itself knows no program by name. */
export interface Names {
  /** The mark that a chain of this name is known to set where it is not in the text, and who writes such a chain; null for any other. */
  markOf(chain: string): { mark: number; by: string } | null
  /** Does a chain of this name lead to one endpoint and nothing else? */
  isEndpoint(chain: string): boolean
  /** Is it a list or set in which rules remember clients, so that a new client is in none? */
  remembersClients(list: string): boolean
  /** Is a rule that does not show its port for the one that the packet is sent to? Null where nothing tells. */
  isForPort?(rule: UnseenPort): boolean | null
}
