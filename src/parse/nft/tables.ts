/** The tables' lines of `nft list chains`: `table ip kube-proxy {`. Gives `ip kube-proxy`. A table without chains is not among them. */
export const parseNftTables = (text: string): string[] =>
  [...text.matchAll(/^table (\w+) (\S+) \{$/gm)].map(([, family, name]) => `${family} ${name}`)
