import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

/** Of this sample in the source, where the definitions and the Python programs are. */
const folder = join(import.meta.dirname, '../../../samples/polyglot')
// Debian's packages belong to its own Python, which need not be the first one on the path.
const python = process.env.PYTHON ?? '/usr/bin/python3'
const run = promisify(execFile)

/** The sample's Python programs, with the code that protoc and the Thrift compiler generate for them. */
export class Python {
  private readonly servers: ChildProcess[] = []

  private constructor(private readonly generated: string) {}

  /** Generates the code. @throws Error if a compiler is not installed */
  static async prepare(): Promise<Python> {
    const generated = await mkdtemp(join(tmpdir(), 'polyglot-'))
    const plugin = '/usr/bin/grpc_python_plugin'
    const grpc = [`--plugin=protoc-gen-grpc_python=${plugin}`, `--grpc_python_out=${generated}`]
    await run('protoc', [`-I${folder}`, `--python_out=${generated}`, ...grpc, 'hello.proto'])
    await run('thrift', ['--gen', 'py', '-out', generated, join(folder, 'hello.thrift')])
    return new Python(generated)
  }

  /** Starts a server. @returns its port */
  async serve(wire: string): Promise<number> {
    const child = spawn(python, this.commandOf(`${wire}_server.py`, wire), {
      env: this.environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.servers.push(child)
    const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')])) as [string]
    if (child.exitCode !== null) throw new Error(`${wire}_server.py ended with ${child.exitCode}`)
    return Number(line)
  }

  /** Runs a client. @returns what it prints */
  async call(wire: string, port: number, name: string): Promise<string> {
    const [script = '', ...rest] = this.commandOf(`${wire}_client.py`, wire)
    const { stdout } = await run(python, [script, String(port), name, ...rest], { env: this.environment() })
    return stdout.trim()
  }

  async stop(): Promise<void> {
    for (const child of this.servers) {
      if (child.exitCode !== null) continue
      const ended = once(child, 'exit')
      child.kill()
      await ended
    }
    await rm(this.generated, { recursive: true, force: true })
  }

  private commandOf(script: string, wire: string): string[] {
    return [join(folder, 'python', script), ...(wire === 'avro' ? [join(folder, 'hello.avpr')] : [])]
  }

  private environment(): NodeJS.ProcessEnv {
    return { ...process.env, PYTHONPATH: this.generated, PYTHONDONTWRITEBYTECODE: '1' }
  }
}
