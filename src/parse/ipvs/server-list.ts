import { familyOf } from '../../model/address.ts'
import type { Ipvs, VirtualServer } from '../../model/ipvs.ts'
import { keyOf, type ServerLine, type VirtualDraft } from './line.ts'
import { mergeServers } from './merge.ts'

/** The virtual servers of a text, line by line. */
export class ServerList {
  private readonly servers: VirtualDraft[] = []
  private readonly byKey = new Map<string, VirtualDraft>()
  /** The one that lines of real servers belong to. */
  private current: VirtualDraft | null = null
  private asked: VirtualServer['service'] = null
  private readonly absent: NonNullable<VirtualServer['service']>[] = []
  /** A heading of a whole list stands above, of which the next line tells whether the kernel printed it. */
  private headed = false
  private fromProc = false
  private whole = false
  private any = false

  /** A heading was met that stands above whole lists alone. */
  isWhole(): void {
    this.headed = true
    this.any = true
  }

  /** The heading is the kernel's: see Ipvs.whole. */
  isFromProc(): void {
    this.headed = false
    this.fromProc = true
    this.any = true
  }

  /** Whoever printed what follows asked for this one; null: for one without a place. */
  ask(service: VirtualServer['service']): void {
    this.asked = service
  }

  isAbsent(): void {
    if (this.asked) this.absent.push(this.asked)
    this.asked = null
    this.any ||= this.absent.length > 0
  }

  /** The text ends before its time: the last one may have more real servers. */
  isCutOff(): void {
    const last = this.servers.at(-1)
    if (last) last.partial = true
  }

  /** False where nothing was read of the line, or nobody knows whose real server it is. */
  add(said: ServerLine | null, line: string): boolean {
    if (!said) {
      // It may have been a real server of this one.
      if (this.current && HAS_PLACE.test(line)) this.current.partial = true
      // What stands below a virtual server that could not be read is not the one's before.
      if (!/^\s*->/.test(line)) this.current = null
      return false
    }
    this.any = true
    this.whole ||= this.headed
    if ('virtual' in said) {
      this.current = said.virtual
      this.servers.push(said.virtual)
      if (said.virtual.told === 'save') {
        this.byKey.set(keyOf(said.virtual), said.virtual)
        this.whole = true
      }
      return true
    }
    const server = said.of ? this.byKey.get(keyOf(said.of)) : this.current
    if (!server) return false
    server.realServers.push(said.real)
    return true
  }

  /** `doubtful`: there were lines that could not be read. Null where there was no list. */
  finish(doubtful: boolean): Omit<Ipvs, 'connections'> | null {
    if (!this.any) return null
    for (const server of this.servers)
      server.family ??= server.realServers[0] ? familyOf(server.realServers[0].address) : null
    // The first of all is never left out.
    const empty = this.fromProc && this.servers.length === 0
    return {
      servers: mergeServers([], this.servers),
      whole: (this.whole || this.headed || empty) && !doubtful,
      absent: this.absent,
    }
  }
}

/** An address with a port, as numbers or a name, in any form of ipvsadm. */
const HAS_PLACE = /->|(^|\s)-r\s|[\w.\]]:\w/
