import { Command, type Config } from '@oclif/core'
import type { Io } from '../model/io.ts'

/** A command line of the program: flags and help, and the verb that they are handed to with what the run was given. */
export abstract class VerbCommand extends Command {
  protected readonly io: Io

  constructor(argv: string[], config: Config, io: Io) {
    super(argv, config)
    this.io = io
  }

  /** Resolves to the exit code. */
  abstract override run(): Promise<number>
}
