import { closeSync, openSync, readSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedBy } from '../../idl/typescript/write.js'
import { filesOf } from '../glob.js'
import { ownProcess } from '../own-process.js'
import type { Project } from '../project.js'
import type { Check, Finding } from './check.js'

/** Whether the classes that `import` wrote are what their sources say now. Their first line is the command that wrote them. */
export const checkGenerated: Check = async ({ project }) => {
  if (project === undefined) return []
  const folder = dirname(project.path)
  const commands = new Map<string, string[]>()
  const files = [...new Set(patternsOf(project).flatMap(pattern => filesOf(folder, pattern)))]
  for (const line of files.flatMap(commandIn)) {
    const [source = '', ...flags] = line.split(' ')
    commands.set(flags.join(' '), [...(commands.get(flags.join(' ')) ?? []), source])
  }
  const results = await Promise.all(
    [...commands].map(([flags, sources]) => compared(sources, flags.split(' '), folder)),
  )
  const findings = results.flat()
  const count = [...commands.values()].flat().length
  if (count === 0 || findings.length > 0) return findings
  return [
    {
      id: 'import',
      state: 'ok',
      message: count === 1 ? '1 generated file, as its source says' : `${count} generated files, as their sources say`,
    },
  ]
}

async function compared(sources: readonly string[], flags: readonly string[], cwd: string): Promise<Finding[]> {
  // A server need not be up.
  const files = sources.filter(source => !source.includes('://'))
  if (files.length === 0) return []
  const { code, err } = await ownProcess(['import', ...files, ...flags, '--check'], cwd)
  if (code === 0) return []
  const [message = '', fix] = err.split('\n').map(line => line.trim().replace(/^polywire: /, ''))
  return [{ id: 'import', state: 'warn', message, ...(fix ? { fix } : {}) }]
}

/** Where classes are: contracts, and what `import` writes to. */
function patternsOf({ contracts, settings }: Project): string[] {
  const imports = (Array.isArray(settings.import) ? settings.import : []) as readonly { readonly to?: unknown }[]
  return [...contracts, ...imports.flatMap(({ to }) => (typeof to === 'string' ? [join(to, '**/*.ts')] : []))]
}

/** Bytes of a first line. */
const longest = 4096

/** What stands behind `polywire import` in the first line of a file; none if it has another author or cannot be read. */
function commandIn(path: string): string[] {
  try {
    const file = openSync(path, 'r')
    const head = Buffer.alloc(longest)
    const text = head.toString('utf8', 0, readSync(file, head, 0, longest, 0))
    closeSync(file)
    const [first = ''] = text.split('\n', 1)
    return first.startsWith(generatedBy) ? [first.slice(generatedBy.length).trim()] : []
  } catch {
    return []
  }
}
