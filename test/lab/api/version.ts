/** Of the Kubernetes whose sources this follows. */
export const version = {
  ...{ major: '1', minor: '36', gitVersion: 'v1.36.3', gitCommit: '', gitTreeState: 'clean' },
  ...{ buildDate: '1970-01-01T00:00:00Z', goVersion: 'none', compiler: 'none', platform: 'lab' },
}
