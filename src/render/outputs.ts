/** The formats by name, apart from what makes them: help and a wrong flag need no more. */
export const OUTPUTS = ['tree', 'wide', 'json', 'yaml', 'mermaid', 'dot'] as const
export type Output = (typeof OUTPUTS)[number]

export const CHECK_OUTPUTS = ['table', 'json', 'junit', 'sarif', 'github', 'tap'] as const
export type CheckOutput = (typeof CHECK_OUTPUTS)[number]

export const DIFF_OUTPUTS = ['tree', 'json', 'markdown'] as const
export type DiffOutput = (typeof DIFF_OUTPUTS)[number]
