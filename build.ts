/** Builds dist/: one minified ESM file and a launcher that old Nodes can still parse. Run by `prepare`. */
import { chmodSync, rmSync } from 'node:fs'
import { build } from 'esbuild'
import manifest from './package.json' with { type: 'json' }

rmSync('dist', { recursive: true, force: true })

const shared = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  legalComments: 'none',
  logLevel: 'warning',
} as const

await build({
  ...shared,
  entryPoints: { main: 'bin/main.ts' },
  outdir: 'dist',
  target: 'node22',
  // Every Node from 22 on has these; esbuild thinks not, and would make each such literal anew where it is used:
  // Ink tests every character on the screen with one.
  supported: { 'regexp-unicode-property-escapes': true, 'regexp-set-notation': true },
  // Without `keepNames`: it wraps every closure that is made at run time, and longer names cost 20 ms of parsing.
  minify: true,
  define: {
    // Yoga decodes its WebAssembly itself where there is no fetch; Node's costs 40 ms to load.
    fetch: 'undefined',
    'Intl.Segmenter': 'LazySegmenter',
    'process.env.NODE_ENV': '"production"',
    'process.env.DEV': '"false"',
    __VERSION__: JSON.stringify(manifest.version),
  },
  // pg requires CommonJS modules of Node at run time.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  inject: ['bin/lazy-segmenter.ts'],
  // Optional dependencies that are never used here: a debugger's bridge and pg's binding to libpq.
  alias: { 'react-devtools-core': './bin/absent.ts', 'pg-native': './bin/absent.ts' },
})

await build({
  ...shared,
  entryPoints: { pgtriage: 'bin/pgtriage.ts' },
  outdir: 'dist',
  external: ['./main.js'],
  target: 'es2020',
  define: { __VERSION__: JSON.stringify(manifest.version) },
})
chmodSync('dist/pgtriage.js', 0o755)
