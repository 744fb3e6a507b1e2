import type { Command } from './command.js'

const formats = '--proto|--thrift|--avdl|--avpr|--openapi|--jsonschema|--xsd'

const deploy = {
  value: 'ORDER',
  text: 'servers-first or clients-first; default: old and new stand on both ends',
} as const
const strict = { text: 'a type that moved to another file breaks callers' } as const

/** Every command. `--help` and docs/reference/cli.md are made of this table. */
export const commands: readonly Command[] = [
  {
    name: 'call',
    summary: 'calls a method',
    usage: 'call TARGET METHOD [DATA...] [flags]',
    details: [
      'DATA is fields (name=World), one JSON value, @FILE, or - for stdin. A stream takes several JSON values.',
      'The call is made once: no retry, no hedge. It exits with 64 plus its code, such as 78 for unavailable.',
    ].join('\n'),
    examples: [
      'call :8080 SayHello name=World',
      'call grpc://127.0.0.1:8080 hello.Hello/SayHello \'{"name":"World"}\'',
      'call thrift://127.0.0.1:9090 SayHello name=World --contract zoo.thrift',
    ],
    flags: {
      data: { short: 'd', value: 'JSON', text: 'the request' },
      'allow-unknown': { text: 'lets fields pass that the contract does not have' },
      'omit-defaults': { text: 'leaves out zeros and empty lists' },
      wait: { value: 'DURATION', text: 'dials until the target answers' },
      'show-secrets': { text: 'prints headers that hold secrets' },
    },
    load: () => import('./call.js'),
  },
  {
    name: 'ls',
    summary: 'lists what a server offers',
    usage: 'ls [TARGET] [flags]',
    details: [
      'The last column names the wires that can carry a method, by its contract.',
      'Without TARGET it lists the contracts of polywire.json.',
    ].join('\n'),
    examples: ['ls :8080', 'ls grpcs://orders.example.com -H @token', 'ls -c src/contract.ts', 'ls'],
    flags: { all: { short: 'a', text: 'lists health and reflection too' } },
    load: () => import('./ls.js'),
  },
  {
    name: 'describe',
    summary: 'describes a service, a method, a message or an enum',
    usage: 'describe TARGET [NAME] [flags]',
    details: 'Without a name it describes all services.',
    examples: ['describe :8080 SayHello', 'describe :8080 hello.HelloRequest', 'describe -c zoo.thrift Keeper'],
    flags: {
      as: { value: 'FORMAT', text: 'prints source: proto, thrift, avdl, avpr, openapi, jsonschema or xsd' },
      template: { text: 'prints a request with every field' },
    },
    load: () => import('./describe.js'),
  },
  {
    name: 'health',
    summary: 'asks whether a server serves',
    usage: 'health TARGET [SERVICE] [flags]',
    details: [
      'Exits with 0 if it serves, 1 if it does not, and 78 if it cannot be reached.',
      'Thrift and Avro have no health service: REACHABLE means that something listens.',
    ].join('\n'),
    examples: [
      'health :8080',
      'health grpcs://orders.example.com shop.v1.Orders',
      'health :8080 --wait 30s -q && npm run e2e',
      'health :8080 --watch',
    ],
    flags: {
      wait: { value: 'DURATION', text: 'dials until the target answers' },
      watch: { text: 'prints a line at each change, until Ctrl-C' },
    },
    load: () => import('./health.js'),
  },
  {
    name: 'tap',
    summary: 'shows the calls that pass through a port',
    usage: 'tap LISTEN TARGET [flags]',
    details: [
      'A proxy that passes bytes on unchanged and reads a copy: gRPC, HTTP, Thrift and Avro on one port.',
      'Messages are read with --contract, or by reflection of the target. Thrift and Avro send bare names of methods; -c tells their services.',
      'What it cannot read passes all the same and is counted. With --cert and --key it listens with TLS, and so does a target of grpcs://.',
    ].join('\n'),
    examples: [
      'tap :9000 :8080',
      "tap :9000 :8080 --only 'Orders/*' --failed -v",
      'tap :9000 :8080 --record calls.jsonl',
      'tap :9000 grpcs://orders.example.com --cert tap.pem --key tap.key',
      'tap :9000 :8080 --json | jq .method',
    ],
    flags: {
      record: { value: 'FILE', text: 'writes the calls with their messages, for bench' },
      only: { value: 'METHOD', text: 'shows calls of it; * stands for any text' },
      failed: { text: 'shows calls that did not end with ok' },
      slower: { value: 'DURATION', text: 'shows calls that took at least that long' },
      'show-secrets': { text: 'prints headers that hold secrets' },
    },
    load: () => import('./tap.js'),
  },
  {
    name: 'bench',
    summary: 'loads a method and reports latencies',
    usage: 'bench TARGET [METHOD] [DATA...] [flags]',
    details: [
      'An open loop: calls are due at fixed times, and leave then, whether or not earlier ones were answered.',
      '"corrected" counts from when a call was due, so that a stall is charged for every call that it kept waiting.',
      'Several rates make steps, 100..5000 is a ramp. --find searches the highest rate at which no --fail-if holds.',
      'In texts of DATA, {n} is the number of the call, {uuid} a random UUID and {1..100} a random integer.',
      'Without METHOD, DATA is @FILE with calls that tap --record wrote.',
      'It exits with 1 if a --fail-if holds, if --find finds no rate, or if this machine could not keep the rate.',
    ].join('\n'),
    examples: [
      'bench :8080 SayHello name=World',
      'bench :8080 SayHello name=user-{n} --rate 2000 --connections 4 --duration 30s',
      "bench :8080 SayHello name=World --rate 1000,2000,4000 --fail-if 'p99>20ms'",
      "bench :8080 SayHello name=World --find --step 5s --fail-if 'p99>20ms' --fail-if 'errors>0.1%'",
      'bench :8080 --mix SayHello:9,Count:1 SayHello.name=World Count.to=3',
      'bench :8080 @calls.jsonl --rate 500 --workers 4',
    ],
    flags: {
      rate: { value: 'N[,N...]|N..N', text: 'calls a second: one, steps, or a ramp; default 100' },
      concurrency: { value: 'N', text: 'a closed loop instead: so many calls at a time' },
      duration: { value: 'DURATION', text: 'how long calls are due; default 10s' },
      find: { text: 'searches the highest rate that holds, from --rate on, or within --rate 100..5000' },
      step: { value: 'DURATION', text: 'how long each of several rates lasts; default: --duration' },
      mix: { value: 'METHOD:N,...', text: 'several methods with their shares; a field is METHOD.name=value' },
      workers: { value: 'N', text: 'threads that share the load; default: this one' },
      connections: { value: 'N', text: 'connections to each endpoint; default 1' },
      warmup: { value: 'DURATION', text: 'load before it that is not counted; default 2s' },
      arrivals: { value: 'uniform|poisson', text: 'how calls are spread; default uniform' },
      seed: { value: 'N', text: 'of random arrivals and random integers; default 1' },
      'max-in-flight': { value: 'N', text: 'what is due beyond it is not sent, and failed; default 10000' },
      'fail-if': {
        value: 'CONDITION',
        many: true,
        text: 'p99>20ms, max>1s, raw.p50>1ms, errors>0.1%, errors.unavailable>0, rate<1900',
      },
      data: { short: 'd', value: 'JSON', text: 'the request' },
      'allow-unknown': { text: 'lets fields pass that the contract does not have' },
      wait: { value: 'DURATION', text: 'dials until the target answers' },
    },
    load: () => import('./bench.js'),
  },
  {
    name: 'import',
    summary: 'writes classes from .proto, .thrift, .avdl, .avpr, .avsc or a running server',
    usage: 'import FILE... -o DIR [flags]',
    details: [
      'FILE can be a FileDescriptorSet (.binpb) or a server with reflection (grpc://host:port).',
      'A .proto is read by protoc or buf, a .thrift by the Thrift compiler, Avro by avsc: they must be installed.',
      'It does not replace a file that it did not write. If a construct cannot be expressed, nothing is written.',
    ].join('\n'),
    examples: [
      'import proto/shop/v1/orders.proto -o src/contracts',
      'import grpc://127.0.0.1:50051 -o src/contracts',
      'import proto/shop/v1/orders.proto -o src/contracts --check',
    ],
    flags: {
      out: { short: 'o', value: 'DIR', text: 'where the classes go' },
      check: { text: 'writes nothing; exits with 1 if a file is not what its source says' },
      force: { text: 'replaces files that it did not write' },
    },
    load: () => import('./import.js'),
  },
  {
    name: 'export',
    summary: 'writes .proto, .thrift, Avro, OpenAPI, JSON Schema or XML Schema from classes',
    usage: `export MODULE ${formats} [flags]`,
    details: [
      'MODULE is TypeScript or JavaScript. TypeScript needs tsx, esbuild or @swc/core in the project.',
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
    name: 'init',
    summary: 'writes a service, a client and a test that passes',
    usage: 'init [DIR] [flags]',
    details: [
      'It writes package.json, tsconfig.json, a contract, its implementation, a server, a client, a test and a Dockerfile.',
      'In a folder with files it writes only what is missing. It installs nothing and does not touch git.',
    ].join('\n'),
    examples: ['init greeter', 'init . --force'],
    flags: { force: { text: 'replaces files that differ' } },
    load: () => import('./init.js'),
  },
  {
    name: 'explain',
    summary: 'says which policies hold for a method and who said so, or what a reason means',
    usage: 'explain MODULE [METHOD] [flags]',
    details: [
      'For each method: its policies in the order in which they run, where each was declared, and the longest that a call can take.',
      'Instead of MODULE it takes a reason (circuit_open) or a code (unavailable).',
    ].join('\n'),
    examples: [
      'explain src/contract.ts',
      'explain src/contract.ts SayHello --config policies.json',
      'explain circuit_open',
    ],
    flags: { config: { value: 'FILE', text: 'a configuration of policies that holds, too' } },
    load: () => import('./explain.js'),
  },
  {
    name: 'doctor',
    summary: 'looks at a project and says what is wrong',
    usage: 'doctor [CHECK...] [flags]',
    details: [
      'CHECK is node, typescript, copies, contracts or target; default: all of them. It exits with 1 if one fails.',
      'Contracts and targets are those of polywire.json. In CI targets are left out unless --targets is given.',
    ].join('\n'),
    examples: ['doctor', 'doctor copies', 'doctor --json'],
    flags: { targets: { text: 'dials the targets in CI, too' } },
    load: () => import('./doctor.js'),
  },
  {
    name: 'completion',
    summary: 'prints a script that completes command lines in a shell',
    usage: 'completion bash|zsh|fish|powershell',
    details:
      'It completes commands, flags, the targets of polywire.json and the methods of its contracts. It never dials.',
    examples: ['completion bash >> ~/.bashrc', 'completion fish > ~/.config/fish/completions/polywire.fish'],
    flags: {},
    load: () => import('./completion.js'),
  },
  {
    name: 'check',
    summary: 'says on which wires a contract breaks its callers',
    usage: 'check [MODULE...] [--against SOURCE] [flags]',
    details: [
      'SOURCE is a git ref, a file of any format that import reads, a module, a lock, or a server (grpc://host:port).',
      'It is polywire.lock.json by default. A git ref is read from its lock, or from the same files; no old code runs.',
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
        text: 'protobuf, json, thrift, avro, callers: those that decide; default: all that carry it',
      },
      deploy,
      strict,
      annotate: { value: 'github', text: 'prints annotations for GitHub to stderr' },
    },
    load: () => import('./check.js'),
  },
  {
    name: 'lock',
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
]
