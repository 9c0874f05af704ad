import { familyOf } from '../../model/address.ts'
import type { Ipvs, VirtualServer } from '../../model/ipvs.ts'
import type { Told } from '../told.ts'
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
  private hasHeading = false

  /** The columns have their titles, which `grep` would have left out. */
  isTitled(): void {
    this.hasHeading = true
  }

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
      // It may have been a real server of this one, or what `grep -A 3` writes where it left lines out.
      if (this.current && (HAS_PLACE.test(line) || line.trim() === '--')) this.current.partial = true
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

  /** `doubtful`: there were lines that could not be read. `part`: what the command kept. Null where there was no list. */
  finish(doubtful: boolean, part: Told['part']): Omit<Ipvs, 'connections'> | null {
    if (!this.any) return null
    for (const server of this.servers) {
      server.family ??= server.realServers[0] ? familyOf(server.realServers[0].address) : null
      if (this.mayLack(server, part)) server.partial = true
    }
    // The first of all is never left out.
    const empty = this.fromProc && this.servers.length === 0
    return {
      servers: mergeServers([], this.servers),
      whole: (this.whole || this.headed || empty) && !doubtful && part === null,
      absent: this.absent,
    }
  }

  /** May real servers of it have been left out? Those of a line that `grep` found stand in lines of their own. */
  private mayLack(server: VirtualDraft, part: Told['part']): boolean {
    const isLast = server === this.servers.at(-1)
    if (part?.by === 'grep' || part?.by === 'other') return true
    if (part !== null) return isLast || server.realServers.length === 0
    return !this.hasHeading && !this.whole && this.servers.every(({ realServers }) => realServers.length === 0)
  }
}

/** An address with a port, as numbers or a name, in any form of ipvsadm. */
const HAS_PLACE = /->|(^|\s)-r\s|[\w.\]]:\w/
