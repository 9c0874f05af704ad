import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import type { Io } from '../../model/io.ts'
import { checkVerb } from '../check.ts'
import { explainVerb } from '../explain.ts'
import { traceVerb } from '../trace.ts'
import { answerOf, inTurn } from './run.ts'
import type { McpWords } from './words.ts'

/** None of them changes anything, and they reach nothing but the cluster or the recordings that they were started for. */
const ANNOTATIONS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }

const SERVICE = z.string().min(1).max(500)
const NAMESPACE = z.string().min(1).max(63).optional().describe("namespace; default: the server's, else the context's")
const EVERYWHERE = z.boolean().optional().describe('true: all namespaces')
const NODES = z.array(z.string().min(1).max(253)).max(100).optional().describe('only these nodes')

/** Adds `trace`, `check`, `list` and `explain`. Each call is a run of the verb that a person would start. */
export function addTools(server: McpServer, words: McpWords, io: Io): void {
  const queued = inTurn()
  const run = (verb: (own: Io) => number | Promise<number>) => queued(() => answerOf(verb, io))
  const { files } = words
  const place = (namespace: string | undefined, everywhere = false) => ({
    namespace: everywhere ? null : (namespace ?? words.namespace),
    everywhere,
  })
  const liveOn = (nodes: string[] | undefined) => ({
    ...words.live,
    reach: { ...words.live.reach, nodes: nodes ?? words.live.reach.nodes },
  })

  server.registerTool(
    'trace',
    {
      title: 'Trace a Service',
      description:
        'The path of a connection to one Service on every node: entries, rules, endpoints with their shares and counters, the findings with proof and fix, and a verdict: reachable, degraded, broken or unknown. Of ingress/NAME, httproute/NAME or gateway/NAME: each host and path, and the path of each Service that it leads to.',
      inputSchema: {
        service: SERVICE.describe(
          'name, NAMESPACE/NAME, IP, IP:PORT, node port or URL; or ingress/NAME, httproute/NAME, gateway/NAME',
        ),
        namespace: NAMESPACE,
        port: z.string().min(1).max(63).optional().describe('only this port of the Service, by number or name'),
        from: SERVICE.optional().describe('whose connection: pod/NAME, NAMESPACE/pod/NAME, node/NAME or an IP'),
        nodes: NODES,
        rules: z.boolean().optional().describe('true: also every rule on the path, with counter and source line'),
        jsonpath: z
          .string()
          .min(1)
          .max(2000)
          .optional()
          .describe(
            'instead of the text: what this kubectl JSONPath template picks from the data, such as {.endpoints[*].address} or {.findings}. The keys: service, verdict, reasons, findings, nodes[*].entries[*].endpoints, endpoints, dns. Of an Ingress, HTTPRoute or Gateway: subject, verdict, reasons, servers, rules[*].targets, ways[*].report, findings',
          ),
      },
      annotations: ANNOTATIONS,
    },
    ({ service, namespace, port, from, nodes, rules, jsonpath }) =>
      run((own) =>
        traceVerb(
          {
            ...{ service, files, ...place(namespace), port: port ?? null, from: from ?? null, dns: true },
            ...{
              live: liveOn(nodes),
              failOn: 'error',
              output: jsonpath === undefined ? 'tree' : `jsonpath=${jsonpath}`,
              verbose: rules === true,
            },
          },
          own,
        ),
      ),
  )
  server.registerTool(
    'check',
    {
      title: 'Check Services',
      description:
        'Whether Services work on every node: one line each, and for those that fail what is wrong, the proof and the fix. Without names: all of the namespace, or of the cluster.',
      inputSchema: {
        services: z
          .array(SERVICE)
          .max(200)
          .optional()
          .describe('names, NAMESPACE/NAME, IP:PORT or node ports; also ingress/NAME, httproute/NAME, gateway/NAME'),
        namespace: NAMESPACE,
        allNamespaces: EVERYWHERE,
        selector: z.string().min(1).max(1000).optional().describe('label selector, such as app=web'),
        failOn: z.enum(['error', 'warning']).optional().describe('what makes a Service fail; default: error'),
        nodes: NODES,
      },
      annotations: ANNOTATIONS,
    },
    ({ services = [], namespace, allNamespaces, selector, failOn = 'error', nodes }) =>
      run((own) =>
        checkVerb(
          {
            ...{ wanted: { names: services, selector: selector ?? null }, files, ...place(namespace, allNamespaces) },
            ...{
              failOn,
              ignored: [],
              exceptions: null,
              waitMs: null,
              capture: null,
              probe: false,
              dns: true,
              migrate: null,
            },
            ...{ live: liveOn(nodes), output: 'table', reports: [], verbose: false },
          },
          own,
        ),
      ),
  )
  server.registerTool(
    'list',
    {
      title: 'List Services',
      description:
        'All Services of a namespace or of the cluster, one line each: entries, endpoints, verdict and reason.',
      inputSchema: { namespace: NAMESPACE, allNamespaces: EVERYWHERE },
      annotations: ANNOTATIONS,
    },
    ({ namespace, allNamespaces }) =>
      run((own) =>
        traceVerb(
          {
            ...{ service: null, files, ...place(namespace, allNamespaces), port: null, from: null, dns: false },
            ...{ live: words.live, failOn: 'error', output: 'tree', verbose: false },
          },
          own,
        ),
      ),
  )
  server.registerTool(
    'explain',
    {
      title: 'Explain a finding',
      description:
        'What a finding means, how it happens, how it is proved and fixed, with references; or what a word of the output means.',
      inputSchema: { code: z.string().min(1).max(100).describe('SVP303, stale-endpoint, or a word such as KUBE-SEP') },
      annotations: ANNOTATIONS,
    },
    ({ code }) => run((own) => explainVerb({ codes: [code], asJson: false }, own)),
  )
}
