import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Check, Finding } from './check.js'
import { type Compiler, compilerOf, typescriptIn } from './tsconfig.js'

/** The project's compiler and the flags that decide how decorators and imports are compiled. */
export const checkTypeScript: Check = async ({ folder }) => {
  const id = 'typescript'
  const config = join(folder, 'tsconfig.json')
  if (!existsSync(config)) return []
  const tool = typescriptIn(folder)
  if (tool === undefined)
    return [
      { id, state: 'warn', message: 'tsconfig.json is there, and TypeScript is not installed', fix: 'npm install' },
    ]
  const options = await compilerOf(tool.path, config)
  if (typeof options === 'string') return [{ id, state: 'FAIL', message: options }]
  const mode = options.experimentalDecorators ? 'experimental decorators' : 'standard decorators'
  const findings = [...flagsOf(options, tool.major)].map((finding): Finding => ({ id, ...finding }))
  const message = `${tool.version}, module ${options.module ?? 'by default'}, ${mode}`
  return findings.length > 0 ? findings : [{ id, state: 'ok', message }]
}

function* flagsOf(options: Compiler, major: number): Iterable<Omit<Finding, 'id'>> {
  if (options.emitDecoratorMetadata && !options.experimentalDecorators)
    yield {
      state: 'FAIL',
      message: 'emitDecoratorMetadata is set without experimentalDecorators',
      why: 'standard decorators have no types of parameters and properties',
      fix: 'set both in tsconfig.json, or neither and write the types: @Field(1, string)',
    }
  if (/^(?:commonjs|umd|amd|system)$/i.test(options.module ?? ''))
    yield {
      state: 'warn',
      message: `module is ${options.module}`,
      why: 'polywire is an ES module: Node 20.19 and later can require it, but top-level await fails',
      fix: 'set "module": "nodenext" in tsconfig.json',
    }
  if (/^es(?:3|5|6|20(?:1\d|20|21))$/i.test(options.target ?? ''))
    yield {
      state: 'warn',
      message: `target is ${options.target}`,
      why: 'every supported Node runs ES2022 as it is',
      fix: 'set "target": "es2022" in tsconfig.json',
    }
  if (major >= 7 && !options.types?.includes('node'))
    yield {
      state: 'warn',
      message: 'types in tsconfig.json lacks node',
      why: 'TypeScript 7 loads only the types that are listed, and those of polywire refer to those of Node',
      fix: 'set "types": ["node"] in tsconfig.json, and npm install --save-dev @types/node',
    }
}
