import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corefileDomain } from '../../../src/parse/host/corefile.ts'
import { anyText, fixture } from './fixture.ts'

describe('corefileDomain', () => {
  it('reads the domain of real clusters', () => {
    expect(corefileDomain(fixture('samples/k3s-flannel/Corefile'))).toBe('cluster.local')
  })

  it('takes the first zone that is not a reverse one, in any spelling', () => {
    const server = (plugin: string) => `.:53 {\n  errors\n  ${plugin}\n}\n`
    expect(corefileDomain(server('kubernetes in-addr.arpa 10.96.0.0/16 Corp.Example. cluster.local'))).toBe(
      'corp.example',
    )
    expect(corefileDomain(server('kubernetes "k8s.local" ip6.arpa {\n pods insecure\n }'))).toBe('k8s.local')
    expect(corefileDomain(server('kubernetes in-addr.arpa'))).toBeNull()
  })

  it("takes the server's own zones where the plugin names none", () => {
    expect(corefileDomain('dns://Corp.Example.:53, in-addr.arpa {\n kubernetes {\n  pods verified\n }\n}')).toBe(
      'corp.example',
    )
    expect(corefileDomain('.:53 {\n kubernetes\n}')).toBeNull()
    expect(corefileDomain('(snippet) {\n kubernetes\n}')).toBeNull()
  })

  it('finds the plugin among several servers, nested blocks and comments', () => {
    const text = `import snippets/*.conf
      example.org { # kubernetes no.example
        # kubernetes commented.example
        template ANY A {
          kubernetes nested.example
        }
        forward . 1.1.1.1
      }
      .:53 {
        hosts {
          fallthrough
        }
        kubernetes second.example in-addr.arpa {
          fallthrough
        }
      }
      third.example {
        kubernetes third.example
      }`
    expect(corefileDomain(text)).toBe('second.example')
    expect(corefileDomain(text.replaceAll('\n', '\r\n'))).toBe('second.example')
  })

  it('does not guess what a variable holds', () => {
    expect(corefileDomain('.:53 {\n kubernetes {$CLUSTER_DOMAIN} in-addr.arpa\n}')).toBeNull()
  })

  it('takes junk for what it is', () => {
    const word = fc.constantFrom('kubernetes', '{', '}', '"', '\\', '#', '\n', ' ', '.:53', 'a.b', '(s)')
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          fc.array(word).map((words) => words.join(' ')),
        ),
        (text) => {
          const domain = corefileDomain(text)
          if (domain !== null) expect(text.toLowerCase()).toContain(domain)
        },
      ),
    )
    expect(corefileDomain(`.:53 {\n kubernetes "${'\\"'.repeat(1_000_000)}`)).not.toBe('cluster.local')
  })
})
