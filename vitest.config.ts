import { defineConfig } from 'vitest/config'

// One project per rung of the ladder: pure and screens need nothing, server needs a real PostgreSQL,
// terminal drives the built program in a pseudo-terminal.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/server/**', 'test/terminal/**'],
          // Ink asks `tput` for a size that its test stdout does not tell, unless these are set.
          env: { COLUMNS: '100', LINES: '40' },
        },
      },
      {
        test: {
          name: 'server',
          include: ['test/server/**/*.test.ts'],
          globalSetup: ['test/support/global-cluster.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'terminal',
          include: ['test/terminal/**/*.test.ts'],
          globalSetup: ['test/support/global-cluster.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
