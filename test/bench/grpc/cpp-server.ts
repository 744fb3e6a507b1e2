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
  end(): Promise<void>
}

/**
 * Builds `echo-server.cc` and starts it.
 * @returns a string where this machine cannot: what it lacks
 */
export async function startCppServer(): Promise<CppServer | string> {
  const plugin = await pathOf('grpc_cpp_plugin')
  const missing = [
    plugin === undefined && 'grpc_cpp_plugin',
    !(await has('g++')) && 'g++',
    !(await has('protoc')) && 'protoc',
  ]
  const names = missing.filter(name => name !== false)
  if (
    !(await run('pkg-config', ['--exists', 'grpc++']).then(
      () => true,
      () => false,
    ))
  )
    names.push('libgrpc++-dev')
  if (names.length > 0) return `no ${names.join(', ')}`
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

async function has(program: string): Promise<boolean> {
  return (await pathOf(program)) !== undefined
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
