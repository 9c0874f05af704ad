import type { Bundle } from './bundle.ts'
import { readCorefile } from './dns.ts'
import type { Reader } from './reader.ts'

type Common = Pick<Bundle, 'nodes' | 'corefile' | 'version'>

/** What every trace needs, whatever the Service. Kept while the same is looked at again and again, unless a part of it could not be read. */
export class CommonObjects {
  private kept: Common | null = null

  async read(reader: Reader): Promise<Common> {
    if (this.kept) return this.kept
    const before = reader.problems.length
    const common = await readCommon(reader)
    if (reader.problems.length === before) this.kept = common
    return common
  }

  /** The next reading asks the API. */
  forget(): this {
    this.kept = null
    return this
  }
}

async function readCommon(reader: Reader): Promise<Common> {
  const [nodes, corefile, version] = await Promise.all([
    reader.list('api/nodes.json', '/api/v1/nodes'),
    readCorefile(reader),
    reader.get('api/version.json', '/version'),
  ])
  return { nodes, corefile, version }
}
