// What V8 compiled in earlier runs, in the user's cache folder: what runs is only known by running, and is never the same bytes twice, so that no archive can
// hold it.
'use strict'
const fs = require('node:fs')
const { dirname, isAbsolute, join } = require('node:path')
const { Script } = require('node:vm')

/** Compiles a program; `key` is the name of its content, `cold` what V8 compiled of it when it was built. A run leaves what it had compiled by its end. */
exports.compile = (source, { filename, key, cold }) => {
  const file = cacheFile(key)
  const warm = file === null ? undefined : readCache(file)
  const script = new Script(source, { filename, cachedData: warm ?? cold })
  // A run that was stopped, or did not understand its words, has compiled less than the next one needs.
  if (file !== null && (warm === undefined || script.cachedDataRejected))
    process.on('exit', (code) => [0, 3, 4].includes(code) && writeCache(file, script.createCachedData()))
  return script.runInThisContext()
}

/** One for each verb, and for each content of the program; null where nothing is to be kept, or there is no place for it. */
function cacheFile(key) {
  const { env, argv, platform } = process
  const [first = ''] = argv.slice(2)
  if (argv.some((word) => /^(--?h(elp)?|--version|version|help|__complete)$/.test(word))) return null
  if (env.NODE_DISABLE_COMPILE_CACHE) return null
  const usual = platform === 'win32' ? env.LOCALAPPDATA : env.HOME && join(env.HOME, '.cache')
  const folder = isAbsolute(env.XDG_CACHE_HOME ?? '') ? env.XDG_CACHE_HOME : usual
  if (!folder || !isAbsolute(folder)) return null
  const verb = /^(check|capture|list|explain|rbac|cleanup)$/.test(first) ? first : 'trace'
  return join(folder, 'kubectl-svcpath', `${key}-${verb}`)
}

/** V8 believes what it is given: a file that somebody else may have written, or that is damaged, is not read. */
function readCache(path) {
  try {
    const handle = fs.openSync(path, 'r')
    try {
      if (!isOwn(fs.fstatSync(handle))) return undefined
      const bytes = fs.readFileSync(handle)
      const end = bytes.length - 4
      const { crc32 } = require('node:zlib')
      return end > 0 && crc32(bytes.subarray(0, end)) === bytes.readUInt32LE(end) ? bytes.subarray(0, end) : undefined
    } finally {
      fs.closeSync(handle)
    }
  } catch {
    return undefined
  }
}

/** Whole or not at all, and never anything to complain of: a home may be read-only, full, or another user's (sudo). */
function writeCache(path, bytes) {
  const folder = dirname(path)
  const parent = dirname(folder)
  try {
    const above = [parent, dirname(parent)].find((one) => fs.existsSync(one))
    if (above === undefined || !isOwn(fs.statSync(above))) return
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!isOwn(fs.lstatSync(folder))) return
    const sum = Buffer.alloc(4)
    sum.writeUInt32LE(require('node:zlib').crc32(bytes))
    const draft = `${path}.${process.pid}`
    try {
      fs.writeFileSync(draft, Buffer.concat([bytes, sum]), { flag: 'wx', mode: 0o600 })
      fs.renameSync(draft, path)
    } catch {
      fs.rmSync(draft, { force: true })
    }
    removeOld(folder)
  } catch {
    // The next run starts as slowly as this one.
  }
}

/** What no version of the program has written anew for a month. */
function removeOld(folder) {
  for (const name of fs.readdirSync(folder)) {
    const path = join(folder, name)
    if (Date.now() - fs.statSync(path).mtimeMs > 30 * 24 * 3600 * 1000) fs.rmSync(path, { force: true })
  }
}

/** Windows keeps LOCALAPPDATA to its user by itself. */
function isOwn({ uid, mode }) {
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0)
}
