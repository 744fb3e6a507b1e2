import { join } from 'node:path'
import { bundleCells } from './bundle-cells.js'
import { type Cell, inBothModes, type Place } from './cell.js'
import { type Project, place } from './project.js'
import { nodeVersions } from './tools.js'
import { placePlugin, untranslated } from './vite-plugin.js'

/** TypeScript's package by version. */
const compilers = [
  ['5.9', 'typescript'],
  ['6', 'typescript-6'],
  ['7', 'typescript-7'],
] as const

const typescript = compilers.flatMap(([version, name]): Cell[] => {
  const cell = (column: string, type: 'module' | 'commonjs', options: object) => ({
    row: `TypeScript ${version}`,
    column,
    tool: name,
    run: async (at: Place) => {
      await place(at, { type, options })
      await at.node(at.tools.path(`${name}/bin/tsc`), '-p', at.folder)
      return at.node('out/main.js')
    },
  })
  const refused = /TS1479: .* an ECMAScript module/
  return [
    ...inBothModes(cell('nodenext', 'module', { module: 'nodenext' })),
    ...inBothModes(cell('CommonJS, nodenext', 'commonjs', { module: 'nodenext' })),
    // How modules are found has nothing to do with decorators.
    { ...cell('node16', 'module', { module: 'node16' }), decorators: 'legacy' },
    { ...cell('bundler', 'module', { module: 'esnext', moduleResolution: 'bundler' }), decorators: 'legacy' },
    { ...cell('CommonJS, node16', 'commonjs', { module: 'node16' }), decorators: 'legacy', refused },
  ]
})

const esm = { type: 'module', options: { module: 'nodenext' } } as const
const cjs = { type: 'commonjs', options: { module: 'nodenext' } } as const

function columnOf({ type }: Project): string {
  return type === 'module' ? 'ES module' : 'CommonJS'
}

/** swc emits legacy decorators unless it is given the version of standard ones. */
function swcOptions({ decorators }: Place): object {
  const transform =
    decorators === 'legacy' ? { legacyDecorator: true, decoratorMetadata: true } : { decoratorVersion: '2022-03' }
  return { target: 'es2022', parser: { syntax: 'typescript', decorators: true }, transform }
}

const transpilers: readonly Cell[] = [
  ...([esm, cjs] as const).flatMap(project =>
    inBothModes({
      row: 'swc',
      column: columnOf(project),
      tool: '@swc/core',
      run: async at => {
        await place(at, project)
        const options = {
          swcrc: false,
          module: { type: project.type === 'module' ? 'es6' : 'commonjs' },
          jsc: swcOptions(at),
        }
        const script = `
          const { transformFileSync } = require(${JSON.stringify(at.tools.path('@swc/core'))})
          require('node:fs').writeFileSync('main.js', transformFileSync('main.ts', ${JSON.stringify(options)}).code)`
        await at.node('--input-type=commonjs', '-e', script)
        return at.node('main.js')
      },
    }),
  ),
  ...inBothModes({
    row: 'esbuild',
    column: 'ES module',
    tool: 'esbuild',
    run: async at => {
      await place(at, esm)
      const flags = ['--target=node20', '--outfile=main.js', '--log-level=warning']
      await at.node(at.tools.path('esbuild/bin/esbuild'), 'main.ts', ...flags)
      return at.node('main.js')
    },
  }),
  ...([esm, cjs] as const).flatMap((project): Cell[] => {
    const column = columnOf(project)
    return [
      ...inBothModes({
        row: 'tsx',
        column,
        tool: 'tsx',
        run: async at => {
          await place(at, project)
          return at.node('--import', `file://${at.tools.path('tsx/dist/loader.mjs')}`, 'main.ts')
        },
      }),
      ...inBothModes({
        row: 'ts-node',
        column,
        tool: 'ts-node',
        run: async at => {
          await place(at, project)
          const hooks = project.type === 'module' ? '--loader' : '--require'
          const file = project.type === 'module' ? 'ts-node/esm.mjs' : 'ts-node/register/index.js'
          return at.node('--no-warnings', hooks, at.tools.path(file), 'main.ts')
        },
      }),
    ]
  }),
]

async function byVitest(at: Place): Promise<string> {
  await place(at, { ...esm, as: 'test' })
  const command = ['run', '--globals', '--root', at.folder, '--watch=false', '--testTimeout=60000']
  await at.node(at.tools.path('vitest/vitest.mjs'), ...command)
  return 'ok'
}

const runners: readonly Cell[] = [
  ...inBothModes({ row: 'vitest', column: 'ES module', tool: 'vitest', run: byVitest }, untranslated),
  {
    row: 'vitest',
    column: 'ES module, esbuild as a plugin',
    decorators: 'standard',
    tool: 'vitest',
    run: async at => {
      await placePlugin(at)
      return byVitest(at)
    },
  },
  ...([esm, cjs] as const).flatMap(project =>
    inBothModes({
      row: 'jest',
      column: columnOf(project),
      tool: 'jest',
      run: async at => {
        const isModule = project.type === 'module'
        await place(at, { ...project, as: 'test' })
        const swc = { jsc: swcOptions(at), module: { type: isModule ? 'es6' : 'commonjs' } }
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

/** What TypeScript 7 makes of the program, once for all versions of Node. */
const compiled = new Map<string, Promise<string>>()

function compiledOnce(at: Place, project: Project): Promise<string> {
  const key = `${project.type} ${at.decorators}`
  const output = compiled.get(key) ?? compile(at, project)
  compiled.set(key, output)
  return output
}

async function compile(at: Place, project: Project): Promise<string> {
  await place(at, project)
  await at.node(at.tools.path('typescript-7/bin/tsc'), '-p', at.folder)
  return join(at.folder, 'out/main.js')
}

const nodes = nodeVersions.flatMap((version): Cell[] =>
  [esm, cjs].flatMap(project =>
    inBothModes({
      row: `Node ${version}`,
      column: columnOf(project),
      tool: `node-${version}`,
      run: async at => at.nodeOf(version, await compiledOnce(at, project)),
    }),
  ),
)

/** Every toolchain with each way of using it. */
export const cells: readonly Cell[] = [...typescript, ...transpilers, ...runners, ...bundleCells, ...nodes]
