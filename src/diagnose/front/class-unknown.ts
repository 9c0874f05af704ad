import type { GatewayCase } from '../../front/attach.ts'
import type { FrontCase } from '../../front/case.ts'
import { evidence, type FrontAnalyzer, type FrontDraft, getCommand } from './analyzer.ts'

/** Nobody is known to serve it. */
export const classUnknown: FrontAnalyzer = {
  code: 'SVP904',
  find: (seen) => [...ofIngress(seen), ...seen.gateways.flatMap(ofGateway)],
}

/** An address in the status is a controller's own word that it serves the Ingress, whatever its class. */
function ofIngress({ ingress, ingressClass }: FrontCase): FrontDraft[] {
  if (ingress === null || ingress.createdAt === null || ingress.addresses.length > 0) return []
  const { namespace, name, className, classBy } = ingress
  const fix = `kubectl get ingressclass  # set spec.ingressClassName of ${namespace}/${name} to one of them`
  const read = getCommand('Ingress', ingress)
  if (className === null)
    return [
      {
        subject: `${namespace}/${name}`,
        message: `Ingress ${namespace}/${name} names no class, and no controller has written an address into its status: maybe none serves it`,
        evidence: [evidence(read, 'no spec.ingressClassName; status.loadBalancer is empty')],
        fix,
      },
    ]
  // The annotation was never the name of an object: controllers know their own words.
  if (classBy !== 'field' || ingressClass.presence !== 'absent') return []
  return [
    {
      subject: className,
      message: `Ingress ${namespace}/${name} names the class ${className}, which does not exist: maybe no controller serves it`,
      evidence: [
        evidence(read, `spec.ingressClassName: ${className}; status.loadBalancer is empty`),
        evidence(getCommand('ingressclass', { namespace: '', name: className }), 'no such class'),
      ],
      fix,
    },
  ]
}

function ofGateway({ gateway, gatewayClass, classPresence, namespace, name }: GatewayCase): FrontDraft[] {
  if (gateway === null || gateway.className === null) return []
  const { className, conditions } = gateway
  // Its controller has spoken, whatever became of the class.
  if (conditions.some(({ type, status }) => type === 'Accepted' && status === 'True')) return []
  const read = getCommand('gatewayclass', { namespace: '', name: className })
  const waiting = gatewayClass?.conditions.find(({ type, status }) => type === 'Accepted' && status === 'Unknown')
  if (classPresence !== 'absent' && waiting === undefined) return []
  const what = waiting
    ? `whose controller ${gatewayClass?.controller ?? '(none)'} has not claimed it: is it installed and running?`
    : 'which does not exist: no controller serves it'
  return [
    {
      subject: className,
      message: `Gateway ${namespace}/${name} names the class ${className}, ${what}`,
      evidence: [
        evidence(getCommand('Gateway', gateway), `spec.gatewayClassName: ${className}`),
        evidence(read, waiting ? `Accepted: Unknown, ${waiting.reason}` : 'no such class'),
      ],
      fix: waiting
        ? `kubectl get gatewayclass  # install or start the controller ${gatewayClass?.controller ?? ''}`
        : `kubectl get gatewayclass  # set spec.gatewayClassName of ${namespace}/${name} to one of them`,
    },
  ]
}
