import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    // The 5,000-service capture and property tests take their time on a small machine.
    testTimeout: 60_000,
  },
})
