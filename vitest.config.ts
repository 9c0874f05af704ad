import { defineConfig } from 'vitest/config'

/** No test waits for a time. These limits end what hangs, and are far beyond what a machine under load takes. */
const HANGS_MS = 600_000

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    testTimeout: HANGS_MS,
    hookTimeout: HANGS_MS,
    expect: { poll: { timeout: HANGS_MS / 10 } },
  },
})
