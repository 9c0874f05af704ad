/** Refusals, in the words of the real API (apimachinery's pkg/api/errors). */

interface Details {
  group?: string
  kind?: string
  name?: string
  causes?: readonly { reason?: string; message?: string; field?: string }[]
  retryAfterSeconds?: number
}

/** An answer that is a Status object. */
export class ApiError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: Details | undefined

  constructor(code: number, reason: string, message: string, details?: Details) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  /** The Status object; `more` is its metadata. */
  body(more: object = {}): object {
    const { message, reason, details, code } = this
    const head = { kind: 'Status', apiVersion: 'v1', metadata: more, status: 'Failure' }
    return { ...head, message, reason, ...(details ? { details } : {}), code }
  }
}

/** What a resource is called in a refusal: `pods`, `endpointslices.discovery.k8s.io`. */
export interface Named {
  group: string
  plural: string
  kind: string
}

const qualified = ({ group, plural }: Pick<Named, 'group' | 'plural'>): string =>
  group === '' ? plural : `${plural}.${group}`

const detailsOf = ({ group, plural }: Pick<Named, 'group' | 'plural'>, name: string): Details => ({
  ...(name === '' ? {} : { name }),
  ...(group === '' ? {} : { group }),
  kind: plural,
})

export const badRequest = (message: string): ApiError => new ApiError(400, 'BadRequest', message)

export const unauthorized = (): ApiError => new ApiError(401, 'Unauthorized', 'Unauthorized')

export const notFound = (resource: Pick<Named, 'group' | 'plural'>, name: string): ApiError =>
  new ApiError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, detailsOf(resource, name))

/** A path below a group and version that has no such resource. */
export const noSuchResource = (): ApiError =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})

export const methodNotAllowed = (): ApiError =>
  new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

export const alreadyExists = (resource: Named, name: string): ApiError =>
  new ApiError(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, detailsOf(resource, name))

export const conflict = (resource: Named, name: string, why: string): ApiError => {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`
  return new ApiError(409, 'Conflict', message, detailsOf(resource, name))
}

/** The authorizer's no; `what` is `resource "pods" in API group ""` and so on, or `path "/version"`. */
export function forbidden(
  resource: Pick<Named, 'group' | 'plural'> | null,
  name: string,
  user: string,
  verb: string,
  what: string,
) {
  const why = `User "${user}" cannot ${verb} ${what}`
  if (resource === null) return new ApiError(403, 'Forbidden', `forbidden: ${why}`, {})
  const subject = name === '' ? qualified(resource) : `${qualified(resource)} "${name}"`
  return new ApiError(403, 'Forbidden', `${subject} is forbidden: ${why}`, detailsOf(resource, name))
}

export interface FieldError {
  reason: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueDuplicate' | 'FieldValueNotSupported'
  field: string
  message: string
}

export function invalid({ group, kind }: Named, name: string, errors: readonly FieldError[]): ApiError {
  const words = errors.map(({ field, message }) => `${field}: ${message}`)
  const all = words.length === 1 ? words[0] : `[${words.join(', ')}]`
  const message = `${group === '' ? kind : `${kind}.${group}`} "${name}" is invalid: ${all}`
  return new ApiError(422, 'Invalid', message, { ...(name ? { name } : {}), kind, causes: errors })
}

export const expired = (message: string): ApiError => new ApiError(410, 'Expired', message)

export const internal = (message: string): ApiError =>
  new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })

const REASONS: Readonly<Record<number, string>> = {
  ...{ 400: 'BadRequest', 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 409: 'Conflict', 410: 'Expired' },
  ...{ 422: 'Invalid', 429: 'TooManyRequests', 500: 'InternalError', 503: 'ServiceUnavailable', 504: 'Timeout' },
}

/** A Status for a number alone. */
export const generic = (code: number, retryAfterSeconds?: number): ApiError =>
  new ApiError(code, REASONS[code] ?? 'Unknown', `the lab was told to answer ${code}`, {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
