// What krew's validator asks of a manifest: internal/index/validation/validate.go of kubernetes-sigs/krew.

/** Systems and architectures that krew matches selectors against, by which two that overlap are found. */
const SYSTEMS = ['linux', 'darwin', 'windows'].flatMap((os) =>
  ['386', 'amd64', 'arm', 'arm64'].map((arch) => ({ os, arch })),
)

/** What is wrong with a krew manifest; empty where nothing is. */
export function faultsOf({ apiVersion, kind, metadata, spec }) {
  const faults = []
  const must = (holds, words) => holds || faults.push(words)
  must(apiVersion === 'krew.googlecontainertools.github.com/v1alpha2', 'apiVersion is not v1alpha2 of krew')
  must(kind === 'Plugin', 'kind is not Plugin')
  must(/^[\w-]+$/.test(metadata?.name ?? ''), 'the name is not a safe one')
  must(/^v\d+\.\d+\.\d+(-[\w.]+)?$/.test(spec?.version ?? ''), 'the version is not vX.Y.Z')
  must(spec?.shortDescription, 'it has no shortDescription')
  must(!/[\r\n]/.test(spec?.shortDescription ?? ''), 'the shortDescription has several lines')
  must(spec?.platforms?.length > 0, 'it has no platform')
  for (const { uri, sha256, bin, files, selector } of spec?.platforms ?? []) {
    must(/^https:\/\//.test(uri ?? ''), `${uri} is no address`)
    must(/^[\da-f]{64}$/.test(sha256 ?? '') && !/^0+$/.test(sha256), `${uri} has no sha256`)
    must(bin && !bin.split('/').includes('..') && !bin.startsWith('/'), `${uri} has no bin in its folder`)
    must(files === undefined || files.length > 0, `${uri} has an empty list of files`)
    must(selector?.matchLabels, `${uri} has no selector by labels`)
    must(
      Object.keys(selector?.matchLabels ?? {}).every((key) => key === 'os' || key === 'arch'),
      `${uri} selects by what krew does not know`,
    )
  }
  for (const { os, arch } of SYSTEMS) {
    const fitting = (spec?.platforms ?? []).filter(
      ({ selector }) => (selector?.matchLabels?.os ?? os) === os && (selector?.matchLabels?.arch ?? arch) === arch,
    )
    must(fitting.length <= 1, `several platforms fit ${os}/${arch}`)
  }
  return faults
}

/** plugin.yaml as krew-release-bot's template: the tag, and each archive's address with the checksum that the bot computes. */
export const krewTemplate = (manifest) =>
  manifest
    .replace(/^#.*\n/gm, '')
    .replace(/version: v[\d.]+/, 'version: {{ .TagName }}')
    .replace(
      /uri: (\S+)\n\s+sha256: "[\da-f]+"/g,
      // The bot puts four spaces before sha256, and others where it is told to (pkg/source/template.go of krew-release-bot).
      (_, uri) => `{{addURIAndSha "${uri.replace(/v\d+\.\d+\.\d+/, '{{ .TagName }}')}" .TagName | indent 6 }}`,
    )
