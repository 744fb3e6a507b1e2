import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { arch, cpus, platform, totalmem } from 'node:os'
import { promisify } from 'node:util'
import type { Report } from './report.js'
import type { Result } from './result.js'

/** What `--json` writes. */
export interface ResultsFile {
  /** Of the last commit, with `+` behind it if files differ from it. */
  readonly commit: string
  /** `2026-11-29`. */
  readonly date: string
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly memoryGiB: number
    readonly system: string
    readonly node: string
  }
  readonly rounds: number
  /** Milliseconds of a turn. */
  readonly duration: number
  /** Of what is measured beside polywire. */
  readonly versions: Readonly<Record<string, string>>
  /** What the run did not measure, each with its reason. */
  readonly leftOut: readonly string[]
  readonly results: readonly Result[]
}

const root = new URL('../../../../', import.meta.url)

/** The results that README and docs/performance quote. */
export const committedResults = new URL('docs/performance/results.json', root)

const peers = [
  '@bufbuild/protobuf',
  '@connectrpc/connect-node',
  '@grpc/grpc-js',
  '@nestjs/microservices',
  '@orpc/server',
  '@trpc/server',
  'avsc',
  'class-transformer',
  'fast-xml-parser',
  'fastify',
  'moleculer',
  'msgpackr',
  'nice-grpc',
  'protobufjs',
  'thrift',
  'undici',
]

export async function resultsFile({ settings, leftOut, versions: others, results }: Report): Promise<ResultsFile> {
  const versions = await Promise.all(peers.map(async name => [name, await versionOf(name)] as const))
  return {
    commit: await commit(),
    date: new Date().toISOString().slice(0, 10),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${platform()} ${arch()}`,
      node: process.version,
    },
    rounds: settings.rounds,
    duration: settings.duration,
    versions: { ...Object.fromEntries(versions), ...others },
    leftOut,
    results,
  }
}

/** With a line for each figure, so that a diff shows which of them changed. */
export function resultsText(file: ResultsFile): string {
  const text = JSON.stringify(file, undefined, 1)
  return `${text.replace(/\{\s+("median": \S+)\s+("low": \S+)\s+("high": \S+)\s+\}/g, '{ $1 $2 $3 }')}\n`
}

async function versionOf(name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL(`node_modules/${name}/package.json`, root), 'utf8'))
  return version as string
}

async function commit(): Promise<string> {
  const git = async (...args: string[]) => (await promisify(execFile)('git', args, { cwd: root })).stdout.trim()
  const changed = await git(
    'status',
    '--porcelain',
    '--untracked-files=no',
    '--',
    'src',
    'test/bench',
    'package-lock.json',
  )
  return `${await git('rev-parse', '--short=10', 'HEAD')}${changed === '' ? '' : '+'}`
}
