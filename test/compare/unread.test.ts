/** A file of a capture that is not there shows nothing: whichever it is, it changes no way and removes nothing. */
import { expect, test } from 'vitest'
import { NFT } from '../diagnose/bendings.ts'
import { diff, fileNames, look } from './looks.ts'

test.each([NFT, 'k8s-1.32-ipvs'])('%s', async (capture) => {
  const whole = await look(undefined, capture)
  // The addresses of the node itself are in a file of their own: without the other one they are taken for all routes.
  const isSplit = capture.includes('ipvs')
  const paths = (await fileNames(capture)).filter(
    (path) => /^(api\/|nodes\/n2\/)/.test(path) && !(isSplit && path.endsWith('/ip-route.json')),
  )
  expect(paths.length).toBeGreaterThan(15)
  const wrong: string[] = []
  for (const path of paths) {
    const less = await look((files) => void files.delete(path), capture)
    for (const [side, report] of [
      ['after', diff(whole, less, { service: 'shop/web-np' })],
      ['before', diff(less, whole, { service: 'shop/web-np' })],
    ] as const)
      if (report.outcome === 'worse' || report.outcome === 'changed')
        wrong.push(`${path} missing ${side}: ${told(report)}`)
  }
  expect(wrong).toEqual([])
})

const told = ({ services }: ReturnType<typeof diff>): string =>
  JSON.stringify(
    services.map(({ presence, way, appeared, vanished }) => [presence, way.slice(0, 2), appeared, vanished]),
  )
