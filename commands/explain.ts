import { Args, Command, Flags } from '@oclif/core'
import { CATALOGUE, type CatalogueEntry, findEntry } from '../src/diagnose/catalogue.ts'
import { usageError } from '../src/errors.ts'
import { renderCatalogue, renderEntry } from '../src/render/explain.ts'
import { terminal } from '../src/render/terminal.ts'

export default class Explain extends Command {
  static override usage = 'explain [CODE...] [flags]'
  static override summary = 'Explain a finding: what it is, how it arises, how it is proved and mended'
  static override description =
    'CODE is that of a finding (SVP303, 303) or its name (stale-endpoint); several may be given. Without one, all are listed.'
  static override examples = [
    { description: 'What stale endpoints are', command: 'kubectl svcpath explain SVP303' },
    { description: 'List all findings', command: 'kubectl svcpath explain' },
  ]
  static override strict = false
  static override args = {
    code: Args.string({ description: 'SVP303, 303 or stale-endpoint', required: false, ignoreStdin: true }),
  }
  static override flags = {
    output: Flags.string({ char: 'o', options: ['text', 'json'], default: 'text', description: 'output format' }),
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code 0. */
  async run(): Promise<number> {
    const { argv, flags } = await this.parse(Explain)
    const look = terminal(process.stdout, process.env)
    const entries = [...new Set(argv.map((word) => entryOf(String(word))))]
    // One entry is an object, as ever; several are a list like that of all.
    const data = entries.length === 0 ? CATALOGUE : entries.length === 1 ? entries[0] : entries
    const text = () =>
      entries.length === 0
        ? renderCatalogue(CATALOGUE, look)
        : entries.map((entry) => renderEntry(entry, look)).join('\n')
    process.stdout.write(flags.output === 'json' ? `${JSON.stringify(data, null, 2)}\n` : text())
    return 0
  }
}

function entryOf(word: string): CatalogueEntry {
  const entry = findEntry(word)
  if (entry === null) throw usageError(`no finding ${word}`, 'kubectl svcpath explain lists them all')
  return entry
}
