import { bundleCells } from './bundle-cells.js'
import type { Cell } from './cell.js'
import { place } from './project.js'
import { nodeVersions } from './tools.js'

/** TypeScript's package by version. */
const compilers = [
  ['5.9', 'typescript'],
  ['6', 'typescript-6'],
  ['7', 'typescript-7'],
] as const

const typescript = compilers.flatMap(([version, name]): Cell[] => {
  const cell = (column: string, type: 'module' | 'commonjs', options: object, more: Partial<Cell> = {}): Cell => ({
    row: `TypeScript ${version}`,
    column,
    tool: name,
    run: async at => {
      await place(at, { type, options })
      await at.node(at.tools.path(`${name}/bin/tsc`), '-p', at.folder)
      return at.node('out/main.js')
    },
    ...more,
  })
  return [
    cell('nodenext', 'module', { module: 'nodenext' }),
    cell('node16', 'module', { module: 'node16' }),
    cell('bundler', 'module', { module: 'esnext', moduleResolution: 'bundler' }),
    cell('CommonJS, nodenext', 'commonjs', { module: 'nodenext' }),
    cell('CommonJS, node16', 'commonjs', { module: 'node16' }, { refused: /TS1479: .* an ECMAScript module/ }),
  ]
})

const esm = { type: 'module', options: { module: 'nodenext' } } as const
const cjs = { type: 'commonjs', options: { module: 'nodenext' } } as const

const transpilers: readonly Cell[] = [
  ...(['es6', 'nodenext'] as const).map(
    (module): Cell => ({
      row: 'swc',
      column: module === 'es6' ? 'ES module' : 'CommonJS',
      tool: '@swc/core',
      run: async at => {
        await place(at, module === 'es6' ? esm : cjs)
        const legacy = { legacyDecorator: true, decoratorMetadata: true }
        const options = {
          swcrc: false,
          module: { type: module === 'es6' ? 'es6' : 'commonjs' },
          jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true }, transform: legacy },
        }
        const script = `
          const { transformFileSync } = require(${JSON.stringify(at.tools.path('@swc/core'))})
          require('node:fs').writeFileSync('main.js', transformFileSync('main.ts', ${JSON.stringify(options)}).code)`
        await at.node('--input-type=commonjs', '-e', script)
        return at.node('main.js')
      },
    }),
  ),
  {
    row: 'esbuild',
    column: 'ES module',
    tool: 'esbuild',
    run: async at => {
      await place(at, esm)
      await at.node(at.tools.path('esbuild/bin/esbuild'), 'main.ts', '--outfile=main.js', '--log-level=warning')
      return at.node('main.js')
    },
  },
  ...([esm, cjs] as const).flatMap((project): Cell[] => {
    const column = project.type === 'module' ? 'ES module' : 'CommonJS'
    return [
      {
        row: 'tsx',
        column,
        tool: 'tsx',
        run: async at => {
          await place(at, project)
          return at.node('--import', `file://${at.tools.path('tsx/dist/loader.mjs')}`, 'main.ts')
        },
      },
      {
        row: 'ts-node',
        column,
        tool: 'ts-node',
        run: async at => {
          await place(at, project)
          const hooks = project.type === 'module' ? '--loader' : '--require'
          const file = project.type === 'module' ? 'ts-node/esm.mjs' : 'ts-node/register/index.js'
          return at.node('--no-warnings', hooks, at.tools.path(file), 'main.ts')
        },
      },
    ]
  }),
]

const runners: readonly Cell[] = [
  {
    row: 'vitest',
    column: 'ES module',
    tool: 'vitest',
    run: async at => {
      await place(at, { ...esm, as: 'test' })
      const command = ['run', '--globals', '--root', at.folder, '--watch=false', '--testTimeout=60000']
      await at.node(at.tools.path('vitest/vitest.mjs'), ...command)
      return 'ok'
    },
  },
  ...(['ES module', 'CommonJS'] as const).map(
    (column): Cell => ({
      row: 'jest',
      column,
      tool: 'jest',
      run: async at => {
        const isModule = column === 'ES module'
        await place(at, { ...(isModule ? esm : cjs), as: 'test' })
        const swc = {
          jsc: { parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true } },
          module: { type: isModule ? 'es6' : 'commonjs' },
        }
        const config = {
          rootDir: at.folder,
          transform: { '\\.[jt]s$': [at.tools.path('@swc/jest/index.js'), swc] },
          testMatch: ['**/main.test.ts'],
          // Jest cannot require an ES module, so it translates those that are.
          ...(isModule
            ? { extensionsToTreatAsEsm: ['.ts'] }
            : { transformIgnorePatterns: ['/node_modules/(?!polywire|lru-cache|inversify|@inversifyjs)'] }),
        }
        const flags = isModule ? ['--experimental-vm-modules', '--no-warnings'] : []
        await at.node(
          ...flags,
          at.tools.path('jest/bin/jest.js'),
          '--ci',
          '--testTimeout=60000',
          '--config',
          JSON.stringify(config),
        )
        return 'ok'
      },
    }),
  ),
]

const nodes = nodeVersions.flatMap((version): Cell[] =>
  [esm, cjs].map(project => ({
    row: `Node ${version}`,
    column: project.type === 'module' ? 'ES module' : 'CommonJS',
    tool: `node-${version}`,
    run: async at => {
      await place(at, project)
      await at.node(at.tools.path('typescript-7/bin/tsc'), '-p', at.folder)
      return at.nodeOf(version, 'out/main.js')
    },
  })),
)

/** Every toolchain with each way of using it. */
export const cells: readonly Cell[] = [...typescript, ...transpilers, ...runners, ...bundleCells, ...nodes]
