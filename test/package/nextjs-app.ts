import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fence } from '../docs/examples.js'
import { install, pack, root, run } from './installed.js'

/** Next.js' compiler is a native module of its own, which npm brings; sharp, for images, is left out. */
const compiler = `@next/swc-${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}@16.4.6`
const packages = [
  'next@16.4.6',
  'react@19.3.1',
  'react-dom@19.3.1',
  '@types/react@19.3.3',
  '@types/node@20',
  'typescript@5.9.3',
]

/** Nothing of it leaves the machine. */
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' } as const

/** Writes the app of docs/guide/nextjs.md into a folder, installs the package as it is published beside it, and runs `next build`. */
export async function buildApp(folder: string): Promise<void> {
  await install(folder, '--omit=optional', await pack(folder), compiler, ...packages)
  const text = await readFile(join(root, 'docs/guide/nextjs.md'), 'utf8')
  for (const { 3: content = '', index } of text.matchAll(fence)) {
    const paragraph = text.slice(0, index).trimEnd().split('\n\n').at(-1) ?? ''
    const file = [...paragraph.matchAll(/`([\w/.[\]-]+\.(?:tsx?|mjs|json))`/g)].at(-1)?.[1]
    if (file === undefined || !paragraph.endsWith(':')) continue
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), content)
  }
  await run('env', [...settings(env), process.execPath, next(folder), 'build'], folder, 200_000)
}

/** `next start`, which prints where it listens. */
export class RunningApp {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /** @param backend the target of the service that its page calls */
  static async start(folder: string, backend: string): Promise<RunningApp> {
    const child = spawn(process.execPath, [next(folder), 'start', '--hostname', '127.0.0.1', '--port', '0'], {
      cwd: folder,
      env: { ...env, SHOP: backend },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      const url = /Local:\s+(http:\S+)/.exec(line)?.[1]
      if (url !== undefined) return new RunningApp(url, child)
    }
    throw new Error('next start ended without an address')
  }

  /** Ends it and what it has started. */
  async stop(): Promise<void> {
    const { child } = this
    if (child.pid === undefined || child.exitCode !== null) return
    process.kill(-child.pid, 'SIGKILL')
    await once(child, 'exit')
  }
}

function next(folder: string): string {
  return join(folder, 'node_modules/next/dist/bin/next')
}

function settings(of: Readonly<Record<string, string | undefined>>): string[] {
  return ['NEXT_TELEMETRY_DISABLED', 'NODE_ENV'].map(name => `${name}=${of[name]}`)
}
