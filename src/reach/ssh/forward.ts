import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { ReachError } from '../way.ts'
import type { SshHost } from './host.ts'

/** A stream through a bastion to the next host's SSH port. */
export function forward(bastion: Client, name: string, host: SshHost, timeoutMs: number): Promise<Duplex> {
  const to = `${host.hostName} port ${host.port}`
  return new Promise((resolve, reject) => {
    const refuse = (why: string) => {
      release()
      const hint = `is the address right (--ssh-address), and does ${name} allow forwarding (AllowTcpForwarding)?`
      reject(new ReachError(`${host.name}: ${name} does not lead on to ${to}: ${why}`, { hint }))
    }
    const onClose = () => refuse('its connection was closed')
    const timer = setTimeout(() => refuse(`no answer within ${timeoutMs / 1000} s`), timeoutMs)
    const release = () => {
      clearTimeout(timer)
      bastion.off('close', onClose)
    }
    bastion.once('close', onClose)
    bastion.forwardOut('127.0.0.1', 0, host.hostName, host.port, (error, stream) => {
      if (error) return refuse(whyNot(error))
      release()
      return resolve(stream)
    })
  })
}

/** RFC 4254, 5.1: reason 1 is a server that forwards nothing, or not there. */
const whyNot = (error: Error & { reason?: unknown }): string =>
  error.reason === 1 ? 'forwarding is forbidden there' : error.message.replace('(SSH) ', '')
