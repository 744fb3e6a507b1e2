import { dockerfile, readme, type Starter, type StarterCode, workflow } from './starter-files.js'

/** The files of `polywire init`. */
export function starter(starter: Starter, code: StarterCode = helloCode): Readonly<Record<string, string>> {
  const { manager, ci } = starter
  return {
    'package.json': `${JSON.stringify(manifest(starter, code), undefined, 2)}\n`,
    'tsconfig.json': `${JSON.stringify(compiler, undefined, 2)}\n`,
    'polywire.json': `${JSON.stringify({ $schema: schema, ...code.settings, targets }, undefined, 2)}\n`,
    ...code.files,
    Dockerfile: dockerfile(manager),
    '.dockerignore': 'node_modules\ndist\n.git\n',
    '.gitignore': 'node_modules/\ndist/\n',
    'README.md': readme(starter, code),
    ...(ci === 'github' ? { '.github/workflows/test.yml': workflow(manager) } : {}),
  }
}

function manifest({ name, version }: Starter, { test }: StarterCode): object {
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    scripts: {
      build: 'tsc',
      start: 'node dist/src/server.js',
      client: 'node dist/src/client.js',
      test: `tsc && node --test dist/${test}`,
    },
    dependencies: { polywire: `^${version}` },
    // With esbuild the command reads contracts in TypeScript.
    devDependencies: { '@types/node': '^20.19.0', esbuild: '^0.28.2', typescript: '^7.0.2' },
  }
}

const compiler = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    types: ['node'],
    rootDir: '.',
    outDir: 'dist',
  },
  include: ['src', 'test'],
}

const schema = './node_modules/polywire/polywire.schema.json'
const targets = { dev: 'http://127.0.0.1:8080' }

/** Not in the texts, where tools take them for imports of this file. */
const [polywire, here, up] = ['polywire', '.', '..']

const contract = `import {
  Field,
  int32,
  Message,
  Method,
  RpcError,
  Safe,
  Service,
  streamOf,
  string,
  Throws,
  Timeout,
  unimplemented,
} from '${polywire}'

@Message('hello.HelloRequest')
export class HelloRequest {
  @Field(1, string) name = ''
}

@Message('hello.HelloReply')
export class HelloReply {
  @Field(1, string) message = ''
}

@Message('hello.NameMissing', { code: 'invalid_argument' })
export class NameMissing extends RpcError {
  @Field(1, string) hint = ''
}

@Message('hello.CountRequest')
export class CountRequest {
  @Field(1, int32) to = 0
}

@Message('hello.Tick')
export class Tick {
  @Field(1, int32) n = 0
}

/** Greets and counts. Callers import this class: it has no implementation, and nothing that one needs. */
@Service('hello.Hello')
export class Hello {
  /** Greets by name. */
  @Method({ accepts: HelloRequest, returns: HelloReply }) @Safe() @Timeout('1s') @Throws(NameMissing)
  sayHello(_request: HelloRequest): Promise<HelloReply> {
    return unimplemented()
  }

  /** Counts from 1. */
  @Method({ accepts: CountRequest, returns: streamOf(Tick) }) @Safe()
  count(_request: CountRequest): AsyncIterable<Tick> {
    return unimplemented()
  }
}
`

const service = `import { Service } from '${polywire}'
import { type CountRequest, Hello, type HelloReply, type HelloRequest, NameMissing, type Tick } from '${here}/contract.js'

@Service()
export class HelloService extends Hello {
  override async sayHello({ name }: HelloRequest): Promise<HelloReply> {
    if (name === '') throw NameMissing.of('who is there?', { hint: 'set name' })
    return { message: \`Hello, \${name}!\` }
  }

  override async *count({ to }: CountRequest): AsyncIterable<Tick> {
    for (let n = 1; n <= to; n++) yield { n }
  }
}
`

const server = `import { serve } from '${polywire}'
import { HelloService } from '${here}/service.js'

// gRPC, HTTP, Thrift and Avro on one port. SIGTERM lets calls in flight finish.
const server = await serve([HelloService], {
  host: process.env.HOST ?? '127.0.0.1',
  port: Number(process.env.PORT ?? 8080),
  reflection: true,
  health: true,
  shutdownOn: ['SIGTERM', 'SIGINT'],
})
console.log(\`listening on \${server.address}: \${server.protocols.join(', ')}\`)
`

const client = `import { connect } from '${polywire}'
import { Hello, NameMissing } from '${here}/contract.js'

await using hello = connect(Hello, process.argv[2] ?? 'grpc://127.0.0.1:8080')

console.log((await hello.sayHello({ name: 'World' })).message)
for await (const { n } of hello.count({ to: 3 })) console.log(n)

try {
  await hello.sayHello({ name: '' })
} catch (error) {
  if (!(error instanceof NameMissing)) throw error
  console.log(\`\${error.message} \${error.hint}\`)
}
`

const helloTest = `import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { connect, serve } from '${polywire}'
import { Hello, NameMissing } from '${up}/src/contract.js'
import { HelloService } from '${up}/src/service.js'

const server = await serve([HelloService], { port: 0 })
after(() => server.close())

for (const wire of ['grpc', 'http', 'thrift', 'avro']) {
  test(\`greets over \${wire}, and its error arrives as a class\`, async () => {
    await using hello = connect(Hello, \`\${wire}://\${server.address}\`)
    assert.equal((await hello.sayHello({ name: 'World' })).message, 'Hello, World!')
    await assert.rejects(
      hello.sayHello({ name: '' }),
      error => error instanceof NameMissing && error.hint === 'set name',
    )
  })
}

test('counts', async () => {
  await using hello = connect(Hello, \`grpc://\${server.address}\`)
  const numbers: number[] = []
  for await (const { n } of hello.count({ to: 3 })) numbers.push(n)
  assert.deepEqual(numbers, [1, 2, 3])
})
`

/** The service that says hello. */
export const helloCode: StarterCode = {
  files: {
    'src/contract.ts': contract,
    'src/service.ts': service,
    'src/server.ts': server,
    'src/client.ts': client,
    'test/hello.test.ts': helloTest,
  },
  test: 'test/hello.test.js',
  settings: { contracts: ['src/contract.ts'] },
  described: {
    'src/contract.ts': 'the class that callers import',
    'src/service.ts': 'its implementation',
    'src/server.ts': 'all wires on one port, drains',
    'src/client.ts': 'a typed caller',
    'test/hello.test.ts': 'every wire, and the typed error',
  },
  call: 'SayHello name=World',
}
