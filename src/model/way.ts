/** The ways onto a node. */
export type WayName = 'exec' | 'debug' | 'ssh' | 'local'
