// The floors of the house, top to ground. An import only ever goes down; one rule per floor.
const floors = [
  { name: 'queries', at: '^queries/' },
  { name: 'analysis', at: '^src/(text|theme|activity|locks|plans|bloat|indexes|tables|triage)/' },
  { name: 'effects', at: '^src/(monitor|reading|actions|explain|keys|settings|server|terminal|demo)/' },
  { name: 'view', at: '^src/view/' },
  { name: 'ui', at: '^src/ui/' },
  { name: 'commands', at: '^src/commands/' },
  { name: 'screens', at: '^screens/' },
  { name: 'bin', at: '^bin/' },
]

const upward = floors.slice(0, -1).map((floor, index) => ({
  name: `${floor.name}-imports-only-downward`,
  severity: 'error',
  from: { path: floor.at },
  to: { path: floors.slice(index + 1).map((above) => above.at).join('|') },
}))

// Screens are drawn with the ui floor and handed to a command by bin: a command never knows a screen.
module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'queries-import-nothing',
      severity: 'error',
      from: { path: '^queries/' },
      to: { pathNot: '^queries/' },
    },
    {
      name: 'neighbours-on-a-floor-do-not-meet',
      comment: 'actions, explain, monitor, reading and demo may use server; otherwise a folder stands alone on its floor',
      severity: 'error',
      from: { path: '^src/(monitor|reading|actions|explain|keys|settings|server|terminal|demo)/' },
      to: {
        path: '^src/(monitor|reading|actions|explain|keys|settings|server|terminal|demo)/',
        pathNot: '^src/(server|$1)/',
      },
    },
    {
      name: 'only-effects-that-ask-it-use-server',
      severity: 'error',
      from: { path: '^src/(keys|settings|terminal)/' },
      to: { path: '^src/server/' },
    },
    {
      name: 'only-server-and-demo-know-pg',
      severity: 'error',
      from: { path: '^(bin|queries|screens|src)/', pathNot: '^src/(server|demo)/' },
      to: { path: 'node_modules/pg/' },
    },
    {
      name: 'only-ui-and-screens-know-react',
      severity: 'error',
      from: { path: '^(bin|queries|src)/', pathNot: '^src/(ui|terminal)/' },
      to: { path: 'node_modules/(react|ink)/' },
    },
    {
      name: 'the-product-does-not-know-its-tests',
      severity: 'error',
      from: { path: '^(bin|queries|screens|src)/' },
      to: { path: '^test/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
}
