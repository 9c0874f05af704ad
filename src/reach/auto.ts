import { ReachError, type Way, withTimeLeft } from './way.ts'

/** exec where a pod is there and allows it, else a debug pod for that node. */
export function autoWay(exec: Way, debug: Way): Way {
  return {
    name: 'exec',
    async run(node, script, options) {
      const began = performance.now()
      try {
        return await exec.run(node, script, options)
      } catch (error) {
        if (options.signal.aborted || !(error instanceof ReachError) || !error.anotherWay) throw error
        options.say(`${error.message}; a debug pod instead`)
        return debug.run(node, script, withTimeLeft(options, began))
      }
    },
    async follow(node, script, options) {
      try {
        return await exec.follow!(node, script, options)
      } catch (error) {
        if (options.signal.aborted || !(error instanceof ReachError) || !error.anotherWay) throw error
        options.say(`${error.message}; a debug pod instead`)
        return debug.follow!(node, script, options)
      }
    },
    runBeside: exec.runBeside ?? (async () => []),
    async close() {
      await Promise.all([exec.close(), debug.close()])
    },
  }
}
