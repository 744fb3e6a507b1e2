import type { Command } from './command.js'
import { talkCommands } from './commands-talk.js'

const formats = '--proto|--thrift|--avdl|--avpr|--openapi|--jsonschema|--xsd'

const deploy = {
  value: 'ORDER',
  text: 'servers-first or clients-first; default: old and new stand on both ends',
} as const
const strict = { text: 'a type that moved to another file breaks callers' } as const

/** Every command. `--help` and docs/reference/cli.md are made of this table. */
export const commands: readonly Command[] = [
  ...talkCommands,
  {
    name: 'init',
    group: 'write',
    summary: 'writes a service, a client and a test that passes',
    usage: 'init [DIR] [flags]',
    details: [
      'It writes package.json, tsconfig.json, a contract, its implementation, a server, a client, a test and a Dockerfile.',
      'On a terminal it asks for the name and the package manager, unless flags say them. It installs nothing and does not touch git.',
      'In a folder with files it writes only what is missing. --from starts from a .proto, .thrift, .avdl or .avpr, which stays where it is.',
    ].join('\n'),
    examples: ['init greeter', 'init orders --from proto/orders.proto --ci github', 'init . --yes --package pnpm'],
    flags: {
      name: { value: 'NAME', text: "the package's name; default: the folder's" },
      package: { value: 'MANAGER', text: 'npm, pnpm, yarn or bun; default npm' },
      from: { value: 'FILE', text: 'an interface definition whose service is written' },
      ci: { value: 'github', text: 'adds a workflow that runs the test' },
      yes: { short: 'y', text: 'asks nothing' },
      force: { text: 'replaces files that differ' },
    },
    load: () => import('./init.js'),
  },
  {
    name: 'import',
    group: 'write',
    summary: 'writes classes from .proto, .thrift, Avro, OpenAPI or a running server',
    usage: 'import [FILE... -o DIR] [flags]',
    details: [
      'FILE can be .proto, .thrift, .avdl, .avpr, .avsc, OpenAPI (.json, .yaml), a FileDescriptorSet (.binpb) or a server with',
      'reflection (grpc://host:port). protoc or buf reads a .proto, the Thrift compiler a .thrift, avsc Avro, and',
      '@seriousme/openapi-schema-validator OpenAPI: they must be installed.',
      'It does not replace a file that it did not write. If a construct cannot be expressed, nothing is written.',
      'Without FILE it imports what the key import of polywire.json lists.',
    ].join('\n'),
    examples: [
      'import proto/shop/v1/orders.proto -o src/contracts',
      'import grpc://127.0.0.1:50051 -o src/contracts',
      'import api/petstore.yaml -o src/contracts',
      'import proto/shop/v1/orders.proto -o src/contracts --check',
      'import --check',
    ],
    flags: {
      out: { short: 'o', value: 'DIR', text: 'where the classes go' },
      check: { text: 'writes nothing; exits with 1 if a file is not what its source says' },
      force: { text: 'replaces files that it did not write' },
      skip: { text: 'leaves out what cannot be expressed and what uses it, and exits with 1' },
    },
    load: () => import('./import.js'),
  },
  {
    name: 'export',
    group: 'write',
    summary: 'writes .proto, .thrift, Avro, OpenAPI, JSON Schema or XML Schema from classes',
    usage: `export MODULE ${formats} [flags]`,
    details: [
      'MODULE is TypeScript or JavaScript. TypeScript needs tsx, esbuild or @swc/core in the project.',
      'Its TSDoc comments are written too, if the project has typescript 5 or 6.',
      'The result goes to stdout, or to the file that -o names. With a slash at its end -o names a folder.',
    ].join('\n'),
    examples: [
      'export src/contract.ts --proto > hello.proto',
      'export src/contract.ts --thrift -o idl/',
      'export dist/contract.js --openapi -o openapi.json',
    ],
    flags: {
      out: { short: 'o', value: 'FILE|DIR/', text: 'where the result goes; default: stdout' },
      skip: { text: 'leaves out methods that the format cannot describe, and exits with 1' },
      proto: { text: 'proto3, a file for each package' },
      thrift: { text: 'Thrift IDL, a file for each package' },
      avdl: { text: 'Avro IDL, a file for each service' },
      avpr: { text: "Avro's protocol in JSON, a file for each service" },
      openapi: { text: 'OpenAPI 3.1, in JSON' },
      jsonschema: { text: 'JSON Schema 2020-12' },
      xsd: { text: 'XML Schema 1.0' },
    },
    load: () => import('./export.js'),
  },
  {
    name: 'check',
    group: 'keep',
    summary: 'says on which wires a contract breaks its callers',
    usage: 'check [MODULE...] [--against SOURCE] [flags]',
    details: [
      'SOURCE is a git ref, a file of any format that import reads, a module, a lock, a server (grpc://host:port),',
      'or a published package (npm:@shop/contracts@1.4), which npm fetches.',
      'It is polywire.lock.json by default. A git ref or a package is read from its lock, or from the same files; no old code runs.',
      'Without MODULE it checks the contracts of polywire.json, whose check.allow has the breaks that are meant.',
      'Exits with 1 if a wire breaks.',
    ].join('\n'),
    examples: [
      'check src/contract.ts',
      'check src/contract.ts --against main',
      'check proto/shop.proto -I proto --against grpcs://orders.example.com --wires protobuf,json',
    ],
    flags: {
      against: { value: 'SOURCE', text: 'what to compare with; default: polywire.lock.json' },
      wires: {
        value: 'WIRES',
        text: 'protobuf, json, rest, thrift, avro, callers: those that decide; default: all that carry it',
      },
      deploy,
      strict,
      annotate: { value: 'github', text: 'prints annotations for GitHub to stderr' },
    },
    load: () => import('./check.js'),
  },
  {
    name: 'lock',
    group: 'keep',
    summary: 'writes polywire.lock.json, the contract that was released',
    usage: 'lock [MODULE...] [flags]',
    details: [
      'Run it when you release, and commit the file. It has a line for each field, made to be reviewed.',
      'It does not write what check would refuse, unless check.allow in polywire.json names it.',
    ].join('\n'),
    examples: ['lock src/contract.ts', 'lock --check'],
    flags: {
      out: { short: 'o', value: 'FILE', text: 'the file; default: polywire.lock.json beside polywire.json' },
      check: { text: 'writes nothing; exits with 1 if the file is out of date' },
      deploy,
      strict,
    },
    load: () => import('./lock.js'),
  },
  {
    name: 'doctor',
    group: 'keep',
    summary: 'looks at a project and says what is wrong',
    usage: 'doctor [CHECK...] [flags]',
    details: [
      'CHECK is one of the names below; default: all of them. It exits with 1 if one fails.',
      '  node, typescript   versions and compiler flags',
      '  package            whether package.json lists polywire, and what it needs is installed',
      '  decorators         compilers that translate decorators in two modes',
      '  copies, bundle     packages that must be there once, and are not: installed, or inside of others',
      '  config             keys of polywire.json, and secrets in it',
      '  contracts          what start-up would refuse',
      '  import             generated classes that are out of date',
      '  lock, allow        breaks since polywire.lock.json was written, and breaks allowed until a day that is over',
      '  port               ports of local targets that another program has',
      '  registry, target   DNS and etcd; reach, health and certificates of targets',
      'Contracts and targets are those of polywire.json. In CI targets are left out unless --targets is given.',
    ].join('\n'),
    examples: ['doctor', 'doctor copies', 'doctor --json'],
    flags: { targets: { text: 'dials the targets in CI, too' } },
    load: () => import('./doctor.js'),
  },
  {
    name: 'explain',
    group: 'keep',
    summary: 'says which policies hold for a method and who said so, or what a reason or a rule means',
    usage: 'explain MODULE [METHOD] [flags]',
    details: [
      'For each method: its policies in the order in which they run, where each was declared, and the longest that a call can take.',
      'Instead of MODULE it takes a reason (circuit_open), a code (unavailable) or a rule of check (FIELD_SAME_TYPE).',
    ].join('\n'),
    examples: [
      'explain src/contract.ts',
      'explain src/contract.ts SayHello --config policies.json',
      'explain circuit_open',
      'explain FIELD_SAME_TYPE',
    ],
    flags: { config: { value: 'FILE', text: 'a configuration of policies that holds, too' } },
    load: () => import('./explain.js'),
  },
  {
    name: 'completion',
    summary: 'prints a script that completes command lines in a shell',
    usage: 'completion bash|zsh|fish|powershell',
    details:
      'It completes commands, flags, the targets of polywire.json and the methods of its contracts. It never dials.',
    examples: [
      'completion bash >> ~/.bashrc',
      'completion zsh >> ~/.zshrc',
      'completion powershell >> $PROFILE',
      'completion fish > ~/.config/fish/completions/polywire.fish',
    ],
    flags: {},
    load: () => import('./completion.js'),
  },
]
