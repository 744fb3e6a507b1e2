import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { programPath } from '../harness/program-path.js'

const run = promisify(execFile)
const sources = fileURLToPath(new URL('../../../../test/bench/grpc', import.meta.url))

/** A server of gRPC C++. */
export interface CppServer {
  readonly port: number
  readonly pid: number
  end(): void
}

/** What this machine lacks to build the server. */
export async function cppServerLacks(): Promise<readonly string[]> {
  const found = await Promise.all([
    ...['grpc_cpp_plugin', 'g++', 'protoc'].map(async name => [name, (await programPath(name)) !== undefined] as const),
    run('pkg-config', ['--exists', 'grpc++']).then(
      () => ['libgrpc++-dev', true] as const,
      () => ['libgrpc++-dev', false] as const,
    ),
  ])
  return found.filter(([, isThere]) => !isThere).map(([name]) => name)
}

/** Builds `echo-server.cc` and starts it. */
export async function startCppServer(): Promise<CppServer> {
  const plugin = await programPath('grpc_cpp_plugin')
  const folder = await mkdtemp(join(tmpdir(), 'polywire-cpp-'))
  try {
    const outputs = [`--cpp_out=${folder}`, `--grpc_out=${folder}`, `--plugin=protoc-gen-grpc=${plugin}`]
    await run('protoc', [`-I${sources}`, ...outputs, 'echo.proto'])
    const { stdout } = await run('pkg-config', ['--cflags', '--libs', 'grpc++', 'protobuf'])
    const flags = stdout.trim().split(/\s+/)
    const files = [join(sources, 'echo-server.cc'), join(folder, 'echo.pb.cc'), join(folder, 'echo.grpc.pb.cc')]
    const program = join(folder, 'echo-server')
    await run('g++', ['-O2', '-std=c++17', `-I${folder}`, ...files, '-o', program, ...flags])
    const server = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
    const died = once(server, 'exit').then(([code]) => Promise.reject(new Error(`gRPC C++ ended with code ${code}`)))
    const [line] = await Promise.race([once(server.stdout, 'data'), died])
    died.catch(() => {})
    return {
      port: Number(line),
      pid: server.pid as number,
      end: () => void server.kill(),
    }
  } finally {
    // A program that runs needs its file no more.
    await rm(folder, { recursive: true, force: true })
  }
}
