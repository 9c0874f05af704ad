import { X509Certificate } from 'node:crypto'
import type { Certificate } from '../model/probe/report.ts'

/** Whose a certificate is, and until when; null for what is none. */
export function readCertificate(base64: string): Certificate | null {
  try {
    const { subject, subjectAltName, validTo } = new X509Certificate(Buffer.from(base64, 'base64'))
    return { names: subjectAltName ?? subject.replaceAll('\n', ', '), validTo }
  } catch {
    return null
  }
}
