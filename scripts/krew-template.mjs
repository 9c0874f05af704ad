// Writes .krew.yaml, krew-release-bot's template, from plugin.yaml: one text for both.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { krewTemplate } from './package/krew.mjs'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
writeFileSync(at('.krew.yaml'), krewTemplate(readFileSync(at('plugin.yaml'), 'utf8')))
