import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const sources = fileURLToPath(new URL('../../../../test/bench/grpc', import.meta.url))

/** A server of gRPC C++ and the folder that it was built in. */
export interface CppServer {
  readonly port: number
  readonly pid: number
  end(): Promise<void>
}

/** What this machine lacks to build the server. */
export async function cppServerLacks(): Promise<readonly string[]> {
  const found = await Promise.all([
    ...['grpc_cpp_plugin', 'g++', 'protoc'].map(async name => [name, (await pathOf(name)) !== undefined] as const),
    run('pkg-config', ['--exists', 'grpc++']).then(
      () => ['libgrpc++-dev', true] as const,
      () => ['libgrpc++-dev', false] as const,
    ),
  ])
  return found.filter(([, isThere]) => !isThere).map(([name]) => name)
}

/** Builds `echo-server.cc` and starts it. */
export async function startCppServer(): Promise<CppServer> {
  const plugin = await pathOf('grpc_cpp_plugin')
  const folder = await mkdtemp(join(tmpdir(), 'polywire-cpp-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const outputs = [`--cpp_out=${folder}`, `--grpc_out=${folder}`, `--plugin=protoc-gen-grpc=${plugin}`]
    await run('protoc', [`-I${sources}`, ...outputs, 'echo.proto'])
    const { stdout } = await run('pkg-config', ['--cflags', '--libs', 'grpc++', 'protobuf'])
    const flags = stdout.trim().split(/\s+/)
    const files = [join(sources, 'echo-server.cc'), join(folder, 'echo.pb.cc'), join(folder, 'echo.grpc.pb.cc')]
    const program = join(folder, 'echo-server')
    await run('g++', ['-O2', '-std=c++17', `-I${folder}`, ...files, '-o', program, ...flags])
    const server = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
    const [line] = await once(server.stdout, 'data')
    return {
      port: Number(line),
      pid: server.pid as number,
      async end() {
        server.kill()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function pathOf(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder, program)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return undefined
}
