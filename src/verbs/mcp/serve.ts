/** `mcp`: a server of the Model Context Protocol on standard input and output, whose tools read and change nothing. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import pkg from '../../../package.json' with { type: 'json' }
import { usageError } from '../../model/errors.ts'
import type { Io } from '../../model/io.ts'
import { expectMuchWork } from '../room.ts'
import { addTools } from './tools.ts'
import type { McpWords } from './words.ts'

/** Serves until the client closes standard input. Resolves to the exit code 0. */
export async function mcpVerb(words: McpWords, io: Io): Promise<number> {
  expectMuchWork()
  if (words.files?.includes('-'))
    throw usageError('-f -: standard input is what the client speaks on', 'give the recording as a file')
  if (io.stdin.isTTY)
    io.stderr.write('svcpath serves an MCP client on standard input and output; see kubectl svcpath mcp --help\n')
  const server = new McpServer({ name: 'kubectl-svcpath', version: pkg.version }, { instructions: INSTRUCTIONS })
  addTools(server, words, io)
  const gone = Promise.withResolvers<void>()
  server.server.onclose = () => gone.resolve()
  // A client that dies says no goodbye.
  io.stdin.once('end', () => void server.close())
  io.stdin.once('close', () => void server.close())
  io.stdout.once('error', () => void server.close())
  await server.connect(new StdioServerTransport(io.stdin, io.stdout))
  await gone.promise
  return 0
}

const INSTRUCTIONS = `svcpath shows the way of a connection to a Kubernetes Service on every node: DNS, entry, kube-proxy's rules, endpoint, and names what is broken, with proof and fix.
Start with trace for one Service, or check for many. A verdict "unknown" means that not everything that matters was seen: report it as that, not as a fault.
A finding's code (SVP303) can be explained with explain. Fixes are commands for a person: show them, and let the person decide.`
