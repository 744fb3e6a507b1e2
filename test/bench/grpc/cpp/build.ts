import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { output } from '../../harness/output.js'
import { programPath } from '../../harness/program-path.js'
import type { ForeignEcho } from '../foreign-echo.js'

export const cpp: ForeignEcho = {
  name: 'gRPC C++',
  needs: [
    { of: 'program', what: 'g++', package: 'g++' },
    { of: 'program', what: 'pkg-config', package: 'pkg-config' },
    { of: 'program', what: 'protoc', package: 'protobuf-compiler' },
    { of: 'program', what: 'grpc_cpp_plugin', package: 'protobuf-compiler-grpc' },
    { of: 'library', what: 'grpc++', package: 'libgrpc++-dev' },
    { of: 'library', what: 'protobuf', package: 'libprotobuf-dev' },
  ],

  async build(sources, folder) {
    const plugin = await programPath('grpc_cpp_plugin')
    const outputs = [`--cpp_out=${folder}`, `--grpc_out=${folder}`, `--plugin=protoc-gen-grpc=${plugin}`]
    await output('protoc', [`-I${sources}`, ...outputs, 'echo.proto'])
    const own = join(sources, 'cpp')
    const files = (await readdir(own)).filter(name => name.endsWith('.cc')).map(name => join(own, name))
    const generated = ['echo.pb.cc', 'echo.grpc.pb.cc'].map(name => join(folder, name))
    const flags = (await output('pkg-config', ['--cflags', '--libs', 'grpc++', 'protobuf'])).split(/\s+/)
    const program = join(folder, 'echo')
    await output('g++', [
      '-O2',
      '-std=c++17',
      `-I${folder}`,
      `-I${own}`,
      ...files,
      ...generated,
      '-o',
      program,
      ...flags,
    ])
    return program
  },

  async version() {
    return `${await output('pkg-config', ['--modversion', 'grpc++'])}, g++ ${await output('g++', ['-dumpfullversion'])}`
  },
}
