import type { Pod } from '../../model/cluster.ts'
import type { Fields, Note } from './fields.ts'
import { addressesOf, fieldsIn, nameIn, objectsIn, portIn, protocolIn, textIn, textMapIn, textsIn } from './fields.ts'
import { troubleOf } from './pod-trouble.ts'

/** `sleep 15`, alone or as all that a shell is to do. */
const SLEEP = /^(?:(?:\/bin\/)?(?:ba|da)?sh -c )?(?:\/bin\/)?sleep (\d+(?:\.\d+)?)s?$/

/** Reads a v1 Pod: where it runs, its addresses and ports. Nothing of its environment, volumes or annotations is kept. */
export function readPod(object: Fields, namespace: string, name: string, note: Note): Pod {
  const metadata = fieldsIn(object, 'metadata', note)
  const spec = fieldsIn(object, 'spec', note)
  const status = fieldsIn(object, 'status', note)
  const ready = readyCondition(status, note)
  const grace = spec.terminationGracePeriodSeconds
  const startedAt = textIn(status, 'startTime', note)
  const trouble = ready === true ? null : troubleOf(spec, status, note)
  return {
    namespace,
    name,
    ips: addressesOf(podIPsOf(status, note), 'podIPs', note),
    node: nameIn(spec, 'nodeName', note),
    hostNetwork: spec.hostNetwork === true,
    phase: textIn(status, 'phase', note),
    ready,
    terminating: textIn(metadata, 'deletionTimestamp', note) !== null,
    labels: textMapIn(metadata, 'labels', note),
    ...ownerOf(metadata, note),
    containerPorts: containersOf(spec, note).flatMap((container) => portsOf(container, note)),
    ...hostPortsOf(spec, note),
    ...(startedAt === null ? {} : { startedAt }),
    ...preStopOf(spec, note),
    ...(typeof grace === 'number' ? { gracePeriod: grace } : {}),
    ...(trouble === null ? {} : { trouble }),
  }
}

function ownerOf(metadata: Fields, note: Note): Pick<Pod, 'owner'> {
  const reference = objectsIn(metadata, 'ownerReferences', note).find(({ controller }) => controller === true)
  const [kind, name] = reference ? [textIn(reference, 'kind', note), textIn(reference, 'name', note)] : []
  return kind && name ? { owner: { kind, name } } : {}
}

/** The `Ready` condition of a Pod or Node; null where it is neither `True` nor `False`. */
export function readyCondition(status: Fields, note: Note): boolean | null {
  const condition = objectsIn(status, 'conditions', note).find(({ type }) => type === 'Ready')
  if (condition?.status === 'True') return true
  return condition?.status === 'False' ? false : null
}

/** Clusters before 1.16 have `podIP` only. */
function podIPsOf(status: Fields, note: Note): string[] {
  const all = objectsIn(status, 'podIPs', note).flatMap((entry) => textIn(entry, 'ip', note) ?? [])
  return all.length > 0 ? all : [textIn(status, 'podIP', note) ?? []].flat()
}

/** Containers, and the init containers that keep running beside them: a Service's target port may name a port of both. */
function containersOf(spec: Fields, note: Note): Fields[] {
  const sidecars = objectsIn(spec, 'initContainers', note).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...objectsIn(spec, 'containers', note), ...sidecars]
}

function portsOf(container: Fields, note: Note): Pod['containerPorts'] {
  return objectsIn(container, 'ports', note).flatMap((fields) => {
    const port = portIn(fields, 'containerPort', note)
    const protocol = protocolIn(fields, note)
    return port === null || protocol === null ? [] : [{ name: textIn(fields, 'name', note) ?? '', port, protocol }]
  })
}

/** A pod in its node's own network listens on the port itself. */
function hostPortsOf(spec: Fields, note: Note): Pick<Pod, 'hostPorts'> {
  if (spec.hostNetwork === true) return {}
  const hostPorts = containersOf(spec, note)
    .flatMap((container) => objectsIn(container, 'ports', note))
    .flatMap((fields) => {
      const [port, containerPort] = [portIn(fields, 'hostPort', note), portIn(fields, 'containerPort', note)]
      const protocol = protocolIn(fields, note)
      if (port === null || containerPort === null || protocol === null) return []
      const address = textIn(fields, 'hostIP', note)
      return [{ port, containerPort, protocol, address }]
    })
  return hostPorts.length > 0 ? { hostPorts } : {}
}

/** The hook that Kubernetes 1.30 has for it, or the usual command. Where a container has another hook, nothing is known of it. */
function preStopOf(spec: Fields, note: Note): Pick<Pod, 'preStopSleep'> {
  const sleeps = objectsIn(spec, 'containers', note).flatMap((container) => {
    const hook = fieldsIn(fieldsIn(container, 'lifecycle', note), 'preStop', note)
    const seconds = sleepOf(hook, note)
    return seconds === null ? [] : [seconds]
  })
  return sleeps.length > 0 ? { preStopSleep: Math.min(...sleeps) } : {}
}

/** For how many seconds a hook sleeps and does nothing else; null for any other. */
export function sleepOf(hook: Fields, note: Note): number | null {
  const { seconds } = fieldsIn(hook, 'sleep', note)
  if (typeof seconds === 'number') return seconds
  const command = textsIn(fieldsIn(hook, 'exec', note), 'command', note).join(' ')
  const slept = SLEEP.exec(command)?.[1]
  return slept === undefined ? null : Number(slept)
}
