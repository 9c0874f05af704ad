/** Codes as links to their page, on terminals that can (OSC 8). */

export const HOMEPAGE = 'https://github.com/kubectl-svcpath/kubectl-svcpath'

/** What explains all findings. */
export const FINDINGS_PAGE = `${HOMEPAGE}/blob/main/docs/findings.md`

/**
 * Is this a terminal that shows links? `FORCE_HYPERLINK` decides where it is set; else never a pipe, and only terminals that are known to: those that are
 * not may print the address as it stands. What multiplexers do with it depends on their versions, so they get none.
 */
export function showsLinks(
  { isTTY }: { isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (env.FORCE_HYPERLINK) return env.FORCE_HYPERLINK !== '0'
  if (!isTTY || env.CI || env.TERM === 'dumb' || env.TMUX || env.STY || /^(screen|tmux)/.test(env.TERM ?? ''))
    return false
  if (env.WT_SESSION || env.KITTY_WINDOW_ID || env.DOMTERM) return true
  if (Number(env.VTE_VERSION) >= 5000 || Number(env.KONSOLE_VERSION) >= 201200) return true
  if (/^(xterm-kitty|xterm-ghostty|alacritty|foot|contour|wezterm)/.test(env.TERM ?? '')) return true
  return /^(iTerm\.app|WezTerm|vscode|ghostty|Hyper|Tabby|rio)$/.test(env.TERM_PROGRAM ?? '')
}

/** A text in which each code of a finding is a link. */
export const withLinks = (text: string): string =>
  text.replaceAll(
    /\bSVP\d{3}\b/g,
    (code) => `\u001b]8;;${FINDINGS_PAGE}#${code.toLowerCase()}\u001b\\${code}\u001b]8;;\u001b\\`,
  )
