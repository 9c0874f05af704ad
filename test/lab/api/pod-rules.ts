/** What the API demands of a new pod (pkg/apis/core/validation), as far as a debug pod could offend against it. */
import { isLabelKey, isLabelValue } from './selectors.ts'
import type { FieldError } from './status.ts'

interface PodShape {
  metadata?: { name?: string; generateName?: string; labels?: Record<string, string>; annotations?: object }
  spec?: {
    containers?: ContainerShape[]
    initContainers?: ContainerShape[]
    restartPolicy?: string
    dnsPolicy?: string
    nodeName?: string
    activeDeadlineSeconds?: number
    terminationGracePeriodSeconds?: number
    tolerations?: { key?: string; operator?: string; value?: string; effect?: string }[]
  }
}

interface ContainerShape {
  name?: string
  image?: string
  imagePullPolicy?: string
}

/** All that is wrong with it; the types of its fields are right already. */
export function podErrors(pod: object): FieldError[] {
  const { metadata = {}, spec = {} } = pod as PodShape
  return [...metadataErrors(metadata), ...specErrors(spec)]
}

const [label, subdomain] = [
  /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
]

const isSubdomain = (text: string): boolean => text.length <= 253 && subdomain.test(text)

function metadataErrors({
  name = '',
  generateName = '',
  labels = {},
  annotations = {},
}: NonNullable<PodShape['metadata']>) {
  const errors: FieldError[] = []
  if (name === '' && generateName === '') errors.push(required('metadata.name', 'name or generateName is required'))
  // A generated name goes on, so that its own end may be a dash (apimachinery's validation.NameIsDNSSubdomain).
  const prefix = generateName.replace(/-$/, 'a')
  if (generateName !== '' && !isSubdomain(prefix)) errors.push(notA('metadata.generateName', generateName, 'subdomain'))
  if (name !== '' && !isSubdomain(name)) errors.push(notA('metadata.name', name, 'subdomain'))
  for (const [key, value] of Object.entries(labels)) {
    if (!isLabelKey(key))
      errors.push(wrong('metadata.labels', key, 'name part must consist of alphanumeric characters'))
    if (!isLabelValue(value))
      errors.push(
        wrong('metadata.labels', value, 'a valid label must be an empty string or consist of alphanumeric characters'),
      )
  }
  for (const key of Object.keys(annotations)) {
    if (!isLabelKey(key.toLowerCase()))
      errors.push(wrong('metadata.annotations', key, 'name part must consist of alphanumeric characters'))
  }
  return errors
}

function specErrors(spec: NonNullable<PodShape['spec']>): FieldError[] {
  const { containers = [], initContainers = [], tolerations = [], nodeName, activeDeadlineSeconds: deadline } = spec
  const errors: FieldError[] = []
  if (containers.length === 0) errors.push(required('spec.containers'))
  errors.push(
    ...containerErrors(initContainers, 'spec.initContainers'),
    ...containerErrors(containers, 'spec.containers'),
  )
  errors.push(...oneOf('spec.restartPolicy', spec.restartPolicy, ['Always', 'OnFailure', 'Never']))
  errors.push(
    ...oneOf('spec.dnsPolicy', spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
  )
  if (nodeName && !isSubdomain(nodeName)) errors.push(notA('spec.nodeName', nodeName, 'subdomain'))
  if (deadline !== undefined && (!Number.isInteger(deadline) || deadline < 1 || deadline > 2 ** 31 - 1))
    errors.push(wrong('spec.activeDeadlineSeconds', deadline, 'must be between 1 and 2147483647, inclusive'))
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0)
    errors.push(
      wrong(
        'spec.terminationGracePeriodSeconds',
        spec.terminationGracePeriodSeconds,
        'must be greater than or equal to 0',
      ),
    )
  for (const [index, { key = '', operator, value = '', effect }] of tolerations.entries()) {
    const at = `spec.tolerations[${index}]`
    errors.push(...oneOf(`${at}.operator`, operator, ['Equal', 'Exists', '']))
    errors.push(...oneOf(`${at}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute', '']))
    if (key === '' && operator !== 'Exists')
      errors.push(wrong(`${at}.operator`, operator, 'operator must be Exists when `key` is empty'))
    if (operator === 'Exists' && value !== '')
      errors.push(wrong(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"))
  }
  return errors
}

function containerErrors(containers: readonly ContainerShape[], path: string): FieldError[] {
  const errors: FieldError[] = []
  const names = new Set<string>()
  for (const [index, { name = '', image = '', imagePullPolicy }] of containers.entries()) {
    const at = `${path}[${index}]`
    if (name === '') errors.push(required(`${at}.name`))
    else if (!label.test(name)) errors.push(notA(`${at}.name`, name, 'label'))
    else if (names.has(name))
      errors.push({ reason: 'FieldValueDuplicate', field: `${at}.name`, message: `Duplicate value: "${name}"` })
    names.add(name)
    if (image === '') errors.push(required(`${at}.image`))
    else if (image.trim() !== image)
      errors.push(wrong(`${at}.image`, image, 'must not have leading or trailing whitespace'))
    errors.push(...oneOf(`${at}.imagePullPolicy`, imagePullPolicy, ['Always', 'IfNotPresent', 'Never', '']))
  }
  return errors
}

const required = (field: string, detail = ''): FieldError => ({
  ...{ reason: 'FieldValueRequired', field, message: `Required value${detail === '' ? '' : `: ${detail}`}` },
})

const wrong = (field: string, value: unknown, why: string): FieldError => ({
  ...{ reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` },
})

const notA = (field: string, value: string, what: 'label' | 'subdomain'): FieldError =>
  wrong(
    field,
    value,
    `a lowercase RFC 1123 ${what} must consist of lower case alphanumeric characters${what === 'label' ? '' : ", '-' or '.'"}`,
  )

const oneOf = (field: string, value: string | undefined, allowed: readonly string[]): FieldError[] =>
  value === undefined || allowed.includes(value)
    ? []
    : [
        {
          ...{ reason: 'FieldValueNotSupported', field },
          message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${allowed
            .filter(Boolean)
            .map((one) => `"${one}"`)
            .join(', ')}`,
        },
      ]
