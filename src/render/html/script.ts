/**
 * All that the page does by itself: copies a fix, opens and closes what folds, and opens it for the printer. Without it everything can be read all the
 * same; its buttons are hidden then.
 */
export const SCRIPT = `'use strict'
{
  const said = document.getElementById('said')
  const folds = () => [...document.querySelectorAll('details')]
  for (const button of document.querySelectorAll('button')) button.hidden = button.dataset.folds && folds().length === 0

  const copied = async (code) => {
    getSelection().selectAllChildren(code)
    try {
      await navigator.clipboard.writeText(code.textContent)
      return true
    } catch {
      return document.execCommand('copy')
    }
  }

  addEventListener('click', async ({ target }) => {
    const button = target.closest('button')
    if (!button) return
    const { copies, folds: wanted } = button.dataset
    if (wanted) for (const one of folds()) one.open = wanted === 'open'
    if (!copies) return
    const done = await copied(document.getElementById(copies))
    said.textContent = done ? 'Copied to the clipboard' : 'Selected: press Ctrl+C to copy'
    setTimeout(() => { said.textContent = '' }, 4000)
  })

  let closed = []
  addEventListener('beforeprint', () => {
    closed = folds().filter((one) => !one.open)
    for (const one of closed) one.open = true
  })
  addEventListener('afterprint', () => { for (const one of closed) one.open = false })
}
`
