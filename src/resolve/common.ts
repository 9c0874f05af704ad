import type { Problem } from '../model/rules.ts'
import type { Bundle } from './bundle.ts'
import { readCorefile } from './dns.ts'
import { Reader } from './reader.ts'

type Common = Pick<Bundle, 'nodes' | 'corefile' | 'version'>

/** What every trace needs, whatever the Service. Kept while the same is looked at again and again, unless a part of it could not be read. */
export class CommonObjects {
  private kept: { common: Common; problems: readonly Problem[] } | null = null

  async read(reader: Reader): Promise<Common> {
    const own = new Reader(reader.api, reader.signal)
    const { common, problems } = this.kept ?? { common: await readCommon(own), problems: own.problems }
    for (const { file, message, unread } of problems) reader.problem(file, message, unread)
    if (!problems.some(({ unread }) => unread)) this.kept = { common, problems }
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
