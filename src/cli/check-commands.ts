import type { Command } from './command.js'

const deploy = {
  value: 'ORDER',
  text: 'servers-first or clients-first; default: old and new stand on both ends',
} as const
const strict = { text: 'a type that moved to another file breaks callers' } as const

export const checkCommand: Command = {
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
}

export const lockCommand: Command = {
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
}
