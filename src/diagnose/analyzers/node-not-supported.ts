import { type Analyzer, apiEvidence } from '../case.ts'

/** A node that is not Linux. */
export const nodeNotSupported: Analyzer = {
  code: 'SVP804',
  find: ({ observation: { cluster } }) =>
    (cluster.nodes ?? []).flatMap(({ name, operatingSystem }) =>
      operatingSystem === null || operatingSystem === 'linux'
        ? []
        : [
            {
              node: name,
              subject: name,
              message: `${name} runs ${operatingSystem}, whose data plane is not read`,
              evidence: [apiEvidence(`kubectl get node ${name} -o wide`, operatingSystem)],
            },
          ],
    ),
}
