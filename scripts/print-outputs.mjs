// `node scripts/print-outputs.mjs CHECKOUT FOLDER`: writes what a checkout prints of every capture and sample, a file for each command line,
// so that `diff -r` of two folders shows whether a change of structure changed what people see.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [checkout, folder] = process.argv.slice(2)
if (!checkout || !folder) {
  process.stderr.write('usage: node scripts/print-outputs.mjs CHECKOUT FOLDER\n')
  process.exit(2)
}
const outputs = resolve(folder)
mkdirSync(outputs, { recursive: true })
process.chdir(resolve(checkout))
process.env.COLUMNS = '140'
process.env.NO_COLOR = '1'
const { main } = await import(pathToFileURL(resolve('src/main.ts')).href)

/** One command line's output, errors and exit code. */
async function printed(argv) {
  const text = []
  const keep = (chunk, encoding, done) => {
    text.push(String(chunk))
    const callback = typeof encoding === 'function' ? encoding : done
    callback?.()
    return true
  }
  const [stdout, stderr] = [process.stdout.write, process.stderr.write]
  process.stdout.write = keep
  process.stderr.write = keep
  try {
    const code = await main(argv)
    return `${text.join('')}\nexit ${code}\n`
  } finally {
    process.stdout.write = stdout
    process.stderr.write = stderr
  }
}

const FORMATS = ['tree', 'wide', 'json', 'mermaid', 'dot', 'markdown', 'html']
const CHECKS = ['table', 'json', 'junit', 'sarif', 'github', 'tap', 'markdown', 'html']

async function write(name, argv) {
  writeFileSync(join(outputs, `${name.replaceAll(/[^\w.-]/g, '_')}.txt`), await printed(argv))
}

const fixtures = 'test/fixtures'
const captures = readdirSync(fixtures).filter((name) => name.endsWith('.tgz'))
const samples = readdirSync(join(fixtures, 'samples'))
  .filter((name) => name !== 'README.md')
  .map((name) => `samples/${name}`)
for (const capture of [...captures, ...samples]) {
  const file = join(fixtures, capture)
  const list = JSON.parse((await printed(['-f', file, '-A', '-o', 'json'])).replace(/\nexit \d+\n$/, '') || '{}')
  const many = (list.items ?? []).length > 100
  // Of thousands of services a few of each kind are enough.
  const services = (list.items ?? []).filter((_, i) => !many || i % 500 === 0)
  await write(`${capture} list`, ['-f', file, '-A'])
  for (const format of many ? ['table', 'junit'] : CHECKS)
    await write(`${capture} check ${format}`, ['check', '-A', '-f', file, '-o', format])
  for (const { namespace, name } of services) {
    for (const format of FORMATS)
      await write(`${capture} ${namespace} ${name} ${format}`, [`${namespace}/${name}`, '-f', file, '-o', format])
    await write(`${capture} ${namespace} ${name} verbose`, [`${namespace}/${name}`, '-f', file, '-v'])
  }
  process.stdout.write(`${capture}: ${services.length} services\n`)
}
