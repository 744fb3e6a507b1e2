import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { breaches } from '../../../src/idl/check/protobuf.js'
import { descriptorsOf, type Snapshot, snapshotOfModels } from '../../../src/idl/check/snapshot.js'
import { viewOf } from '../../../src/idl/check/view.js'
import { decodeDescriptorSet } from '../../../src/idl/proto/descriptor-set.js'
import { readDescriptors } from '../../../src/idl/proto/read.js'
import type { FileDescriptorProto } from '../../../src/protocols/standard-services/descriptor-messages.js'
import { runs } from '../idl/programs.js'

export const buf = join(dirname(createRequire(import.meta.url).resolve('@bufbuild/buf/package.json')), 'bin/buf')
const config = { version: 'v2', breaking: { use: ['WIRE', 'WIRE_JSON', 'PACKAGE', 'FILE'] } }
/** The exit code of buf for findings. */
const foundSome = 100

/** What buf says of the folders before and after, and their descriptors by package. */
export async function compared(cwd: string) {
  await built(cwd)
  const [before, after] = await Promise.all(['before', 'after'].map(side => filesIn(join(cwd, `${side}.binpb`))))
  return [await bufBreaking(cwd), before, after] as const
}

async function built(cwd: string): Promise<void> {
  for (const side of ['before', 'after']) await runs(process.execPath, [buf, 'build', side, '-o', `${side}.binpb`], cwd)
}

/**
 * The same where some packages are not valid, or not for buf: those are removed from both folders.
 * @param packages the names of their folders
 */
export async function comparedIfValid(cwd: string, packages: readonly string[]) {
  const valid = new Set(packages)
  while (valid.size > 0)
    try {
      return { valid, all: await compared(cwd) } as const
    } catch (error) {
      const named = new Set(
        String(error)
          .match(/\bp\d{4}\b/g)
          ?.filter(one => valid.has(one)),
      )
      if (named.size === 0) throw error
      for (const one of named) {
        valid.delete(one)
        for (const side of ['before', 'after']) await rm(join(cwd, side, one), { recursive: true, force: true })
      }
    }
  throw new Error('buf takes none of the packages')
}

async function filesIn(path: string): Promise<Map<string, FileDescriptorProto[]>> {
  const byFolder = new Map<string, FileDescriptorProto[]>()
  for (const file of decodeDescriptorSet(path, await readFile(path))) {
    const [pack = ''] = file.name.split('/')
    byFolder.set(pack, [...(byFolder.get(pack) ?? []), file])
  }
  return byFolder
}

/** The files of a package, as `check` reads them. */
export function snapshotIn(all: ReadonlyMap<string, FileDescriptorProto[]> | undefined, pack: string): Snapshot {
  const files = all?.get(pack) ?? []
  return snapshotOfModels(
    readDescriptors(
      files,
      files.map(({ name }) => name),
    ),
  )
}

/** The rules that `check` says are broken, each as often as it says so. */
export function rulesOf(before: Snapshot, after: Snapshot): string[] {
  const [one, other] = descriptorsOf(before, after)
  return breaches(viewOf(one), viewOf(other))
    .map(({ rule }) => rule)
    .sort()
}

/** The rules that buf says are broken, by package, each as often as it says so. */
async function bufBreaking(cwd: string): Promise<Map<string, string[]>> {
  const args = [
    buf,
    'breaking',
    'after.binpb',
    '--against',
    'before.binpb',
    '--config',
    JSON.stringify(config),
    '--error-format',
    'json',
  ]
  const out = await new Promise<string>((done, failed) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null || error.code === foundSome) done(stdout)
      else failed(new Error(`buf breaking ended with ${error.code}:\n${stderr}`))
    })
  })
  const rules = new Map<string, string[]>()
  for (const line of out.trim().split('\n')) {
    const { type } = JSON.parse(line) as { type: string }
    const [pack = 'none'] = /p\d{4}/.exec(line) ?? []
    rules.set(pack, [...(rules.get(pack) ?? []), type])
  }
  return rules
}
