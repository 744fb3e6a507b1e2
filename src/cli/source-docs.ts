import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname } from 'node:path'
import { aliasesIn } from '../idl/aliases.js'
import { namedTypes } from '../idl/declared.js'
import type { Contract } from '../idl/format.js'
import { contractOf } from '../idl/module-contract.js'
import type { CompilerApi, Options } from '../idl/typescript/compiler-api.js'
import { readDocs, type SourceFile } from '../idl/typescript/read-docs.js'
import { SourceDocs } from '../idl/typescript/source-docs.js'
import { rootsOf } from '../protocols/standard-services/descriptor-names.js'
import { reachableMessages } from '../schema/reachable.js'
import { isClass } from '../schema/resolve.js'
import { enumsIn } from '../schema/shape.js'
import { loadModule, modulePath, typescript } from './load-module.js'

/**
 * The contract of a module, with the TSDoc of its source as descriptions where there is no `@Doc`. It takes a source in TypeScript and a
 * project whose `typescript` has a compiler API, which version 7 has not; else there are no further descriptions.
 * @throws CliError if the module cannot be loaded
 */
export async function documentedContract(name: string): Promise<Contract> {
  const exported = await loadModule(name)
  const docs = sourceDocsOf(modulePath(name))
  if (docs === undefined) return contractOf(exported)
  // The schema of a service is read once, with the descriptions that its class has then.
  for (const value of Object.values(exported)) if (isClass(value)) docs.describe(value)
  const contract = contractOf(exported)
  const messages = [...reachableMessages([...rootsOf(contract.services), ...contract.messages])]
  for (const message of messages) {
    if (message.class !== undefined) docs.describe(message.class)
    docs.describeCases(message)
  }
  const used = messages.flatMap(({ fields }) => fields.flatMap(({ type }) => enumsIn(type)))
  for (const one of [...used, ...(contract.enums ?? [])]) docs.describeEnum(one)
  for (const one of aliasesIn(contract, namedTypes(contract))) docs.describeAlias(one)
  for (const { package: pack, list } of contract.constants ?? [])
    for (const one of list) docs.describeConstant(one, pack)
  return contract
}

function sourceDocsOf(path: string): SourceDocs | undefined {
  if (!typescript.has(extname(path))) return undefined
  const api = compilerApi(path)
  return api && new SourceDocs(sourcesFrom(api, path).map(file => readDocs(api, file)))
}

/** What the project has installed; undefined if that is nothing, or has no compiler API. */
function compilerApi(path: string): CompilerApi | undefined {
  try {
    const api = createRequire(path)('typescript') as Partial<CompilerApi>
    return api.createSourceFile === undefined ? undefined : (api as CompilerApi)
  } catch {
    return undefined
  }
}

/** A file and those of the project that it imports. */
function sourcesFrom(api: CompilerApi, path: string): SourceFile[] {
  const options = optionsFor(api, path)
  const sources: SourceFile[] = []
  const paths = new Set([path])
  // The set grows while it is walked.
  for (const file of paths) {
    const text = readFileSync(file, 'utf8')
    const modules = new Map<string, string>()
    sources.push({ path: file, text, modules })
    for (const { fileName } of api.preProcessFile(text).importedFiles) {
      const found = api.resolveModuleName(fileName, file, options, api.sys).resolvedModule
      if (found === undefined || found.isExternalLibraryImport || /\.d\.[cm]?ts$/.test(found.resolvedFileName)) continue
      if (!typescript.has(extname(found.resolvedFileName))) continue
      paths.add(found.resolvedFileName)
      modules.set(fileName, found.resolvedFileName)
    }
  }
  return sources
}

/** Those of the nearest tsconfig.json, which says how imports are found. */
function optionsFor(api: CompilerApi, path: string): Options {
  const file = api.findConfigFile(dirname(path), existsSync)
  if (file === undefined) return {}
  const { config = {} } = api.readConfigFile(file, name => readFileSync(name, 'utf8'))
  // Without the files of the project, which need not be listed.
  const host = { ...api.sys, readDirectory: () => [] }
  return api.parseJsonConfigFileContent(config, host, dirname(file)).options
}
