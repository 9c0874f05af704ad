/** `nft list tables`: a line a table, `table ip kube-proxy`. Gives `ip kube-proxy`. */
export const parseNftTables = (text: string): string[] =>
  [...text.matchAll(/^table (\w+) (\S+)$/gm)].map(([, family, name]) => `${family} ${name}`)
