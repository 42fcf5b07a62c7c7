/** The layers inside src, lowest first. A layer may import from its own and from lower ones. */
const layers = [['core'], ['engine'], ['objectives', 'estimators', 'policy'], ['algorithms'], ['training']];

const upward = layers.slice(0, -1).map((layer, i) => ({
  name: `${layer.join('-')}-imports-nothing-above`,
  comment: 'In src: training -> algorithms -> { objectives, estimators, policy } -> engine -> core.',
  severity: 'error',
  from: { path: `^src/(${layer.join('|')})/` },
  to: { path: `^src/(${[...layers.slice(i + 1).flat(), 'export', 'report', 'lab'].join('|')}|index\\.ts$)` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Modules that import each other can only be understood together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'src-knows-no-domain',
      comment: 'The trainer knows no domain, no wire, no file of scenarios and no command.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(envs|bridge|scenarios|cli)/' },
    },
    {
      name: 'envs-and-bridge-import-src-only',
      comment: 'cli -> scenarios -> { envs, bridge } -> src.',
      severity: 'error',
      from: { path: '^(envs|bridge)/' },
      to: { path: '^(envs|bridge|scenarios|cli)/', pathNot: '^$1/' },
    },
    {
      name: 'scenarios-do-not-import-cli',
      comment: 'cli -> scenarios -> { envs, bridge } -> src.',
      severity: 'error',
      from: { path: '^scenarios/' },
      to: { path: '^cli/' },
    },
    {
      name: 'domains-stand-apart',
      comment: 'A domain in envs imports no other; what they share lies beside them.',
      severity: 'error',
      from: { path: '^envs/([^/]+)/' },
      to: { path: '^envs/[^/]+/|^envs/index\\.ts$', pathNot: '^envs/$1/' },
    },
    ...upward,
    {
      name: 'report-stands-beside-training',
      comment: 'A report is made of plain data; how they came about is not its business.',
      severity: 'error',
      from: { path: '^src/report/' },
      to: { path: '^src/', pathNot: '^src/(report|core|estimators)/' },
    },
    {
      name: 'export-knows-the-policy-alone',
      comment: 'What is exported is a policy artefact; how it was trained is not its business.',
      severity: 'error',
      from: { path: '^src/export/' },
      to: { path: '^src/', pathNot: '^src/(export|policy|engine|core)/' },
    },
    {
      name: 'training-writes-no-report',
      comment: 'The command that trains puts the report together; another one exports.',
      severity: 'error',
      from: { path: '^src/training/' },
      to: { path: '^src/(export|report|lab|index\\.ts$)' },
    },
    {
      name: 'product-needs-no-tests',
      severity: 'error',
      from: { pathNot: '^tests/' },
      to: { path: '^tests/' },
    },
    {
      name: 'product-needs-no-development-packages',
      comment: 'Who installs the package gets its dependencies, not its development ones.',
      severity: 'error',
      from: { path: '^(src|envs|bridge|scenarios|cli)/', pathNot: '^cli/build-kernels\\.mjs$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    // AssemblyScript, compiled apart, and what comes of it.
    exclude: { path: '^src/engine/kernels/|(^|/)dist/' },
    doNotFollow: { path: 'node_modules' },
    // Types tie modules together as much as values do.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
