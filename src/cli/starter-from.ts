import { extname, relative } from 'node:path'
import { searchIn } from '../idl/installed.js'
import { writeTypeScript } from '../idl/typescript/write.js'
import { CliError } from './cli-error.js'
import { readContractFiles } from './contract-files.js'
import type { StarterCode } from './starter-files.js'

/** Wires that carry a contract of a format whatever its messages look like; undefined: all of them. */
const wiresOf: Readonly<Record<string, readonly string[]>> = {
  '.thrift': ['http', 'thrift'],
  '.avdl': ['http', 'avro'],
  '.avpr': ['http', 'avro'],
}

/** Not in the texts, where tools take them for imports of this file. */
const [polywire, here, up] = ['polywire', '.', '..']

/**
 * The files of a service that an IDL describes. The IDL stays where it is, and `import` writes its classes again.
 * @param source the path of the IDL @param folder of the project @param includes where imports of the IDL are looked for
 * @throws CliError for an IDL without a service; Refusal if it cannot be read
 */
export async function starterFrom(source: string, folder: string, includes: readonly string[]): Promise<StarterCode> {
  searchIn(folder)
  const { files } = await readContractFiles([source], includes)
  const from = (path: string) => relative(folder, path).replaceAll('\\', '/')
  const flags = includes.map(path => ` -I ${from(path)}`).join('')
  const written = writeTypeScript(files, file => `${from(file.source)} -o src/contracts${flags}`)
  const [service] = written.flatMap(servicesIn)
  if (service === undefined) throw new CliError(`${source} has no service to start from`)
  const wires = wiresOf[extname(source)]
  return {
    files: {
      ...Object.fromEntries(written.map(({ path, text }) => [`src/contracts/${path}`, text])),
      'src/service.ts': serviceText(service),
      'src/server.ts': serverText(service, wires),
      'src/client.ts': clientText(service, wires),
      'test/service.test.ts': testText(service, wires),
    },
    test: 'test/service.test.js',
    settings: {
      contracts: ['src/contracts/**/*.ts'],
      import: [
        { from: from(source), ...(includes.length === 0 ? {} : { include: includes.map(from) }), to: 'src/contracts' },
      ],
    },
    described: {
      'src/contracts': `the classes of \`${from(source)}\`; \`polywire import ${from(source)} -o src/contracts${flags}\` writes them again`,
      'src/service.ts': 'the implementation: override the methods here',
      'src/server.ts': `${wires?.join(' and ') ?? 'all wires'} on one port, drains`,
      'src/client.ts': 'a typed caller',
      'test/service.test.ts': 'what callers see of a method that is not written yet',
    },
    call: service.call === undefined ? undefined : service.name,
  }
}

/** A service of a written file. */
interface Service {
  /** Of its class. */
  readonly name: string
  /** The module, from src/. */
  readonly module: string
  /** Its first method that is no stream, and can be called with zeros and empty messages. */
  readonly call: { readonly method: string; readonly args: string; readonly messages: readonly string[] } | undefined
}

function servicesIn({ path, text }: { readonly path: string; readonly text: string }): Service[] {
  const module = `contracts/${path.replace(/\.ts$/, '.js')}`
  return [...text.matchAll(/^@Service\([^\n]*\)\nexport class (\w+)[^{]*\{\n([\s\S]*?)^\}/gm)].map(
    ([, name = '', body = '']) => {
      const calls = [...body.matchAll(/^ {2}(\w+)\(([^()\n]*)\): Promise</gm)].flatMap(
        ([, method = '', parameters = '']) => callOf(method, parameters, text),
      )
      return { name, module, call: calls[0] }
    },
  )
}

const zeros: Readonly<Record<string, string>> = {
  string: "''",
  number: '0',
  bigint: '0n',
  boolean: 'false',
  Date: 'new Date(0)',
  Uint8Array: 'new Uint8Array()',
}

/** @param parameters `_id: bigint, _order: Order` @param text of the file @returns none if a parameter has another type */
function callOf(method: string, parameters: string, text: string): NonNullable<Service['call']>[] {
  const types = parameters === '' ? [] : parameters.split(', ').map(one => one.replace(/^\w+\??: /, ''))
  const messages = types.filter(type => !(type in zeros) && new RegExp(`^export class ${type}\\b`, 'm').test(text))
  if (types.some(type => !(type in zeros) && !messages.includes(type))) return []
  return [
    { method, args: types.map(type => zeros[type] ?? `new ${type}()`).join(', '), messages: [...new Set(messages)] },
  ]
}

function serviceText({ name, module }: Service): string {
  return `import { Service } from '${polywire}'
import { ${name} } from '${here}/${module}'

// A method answers unimplemented until you override it here.
@Service()
export class ${name}Service extends ${name} {}
`
}

function serverText({ name }: Service, wires: readonly string[] | undefined): string {
  const protocols = wires === undefined ? '' : `  protocols: ${listText(wires)},\n`
  return `import { serve } from '${polywire}'
import { ${name}Service } from '${here}/service.js'

// SIGTERM lets calls in flight finish.
const server = await serve([${name}Service], {
  host: process.env.HOST ?? '127.0.0.1',
  port: Number(process.env.PORT ?? 8080),
${protocols}  reflection: true,
  health: true,
  shutdownOn: ['SIGTERM', 'SIGINT'],
})
console.log(\`listening on \${server.address}: \${server.protocols.join(', ')}\`)
`
}

function clientText({ name, module, call }: Service, wires: readonly string[] = ['grpc']): string {
  const imports = call === undefined ? name : [name, ...call.messages].sort().join(', ')
  const body =
    call === undefined
      ? '// Call its methods here.\nvoid client\n'
      : `console.log(await client.${call.method}(${call.args}))\n`
  return `import { connect } from '${polywire}'
import { ${imports} } from '${here}/${module}'

await using client = connect(${name}, process.argv[2] ?? '${wires.at(-1)}://127.0.0.1:8080')

${body}`
}

function testText({ name, module, call }: Service, wires: readonly string[] | undefined): string {
  const [wire = 'grpc'] = [...(wires ?? [])].reverse()
  const options = wires === undefined ? '{ port: 0 }' : `{ port: 0, protocols: ${listText(wires)} }`
  const head = (own: readonly string[], types: readonly string[]) => `import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ${own.join(', ')} } from '${polywire}'
${types.length === 0 ? '' : `import { ${[...types].sort().join(', ')} } from '${up}/src/${module}'\n`}import { ${name}Service } from '${up}/src/service.js'

const server = await serve([${name}Service], ${options})
after(() => server.close())

`
  if (call === undefined)
    return `${head(['serve'], [])}test('is served', () => {
  assert.deepEqual(server.protocols, ${wires === undefined ? "['grpc', 'http', 'thrift', 'avro']" : listText(wires)})
})
`
  return `${head(['Code', 'connect', 'RpcError', 'serve'], [name, ...call.messages])}test('a method that is not written yet says so', async () => {
  await using client = connect(${name}, \`${wire}://\${server.address}\`)
  await assert.rejects(
    client.${call.method}(${call.args}),
    error => error instanceof RpcError && error.code === Code.unimplemented,
  )
})
`
}

function listText(words: readonly string[]): string {
  return `[${words.map(word => `'${word}'`).join(', ')}]`
}
