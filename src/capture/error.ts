import { SvcpathError } from '../model/errors.ts'

/** What was named cannot be read at all: the message says what, why, and what to do about it. `cause` is kept. */
export class CaptureError extends SvcpathError {
  override readonly name = 'CaptureError'
}

/** The reason of a failed file operation in words, without Node's code and path. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return (code && REASONS[code]) || message
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENXIO: 'it is a socket or a device without a driver',
  EIO: 'the disk failed',
}
