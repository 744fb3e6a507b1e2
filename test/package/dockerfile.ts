import { cp, mkdir } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { Terminal } from './terminal.js'

/** What a Dockerfile makes, without Docker: the folder of its last stage, and what runs there. */
export interface Image {
  readonly terminal: Terminal
  readonly command: string
  readonly healthCheck: string
}

interface Stage {
  /** In the folder that stands for its WORKDIR. */
  readonly terminal: Terminal
  workdir: string
}

/**
 * Does what each line of a Dockerfile says, in order, each stage in an empty folder beside the context.
 *
 * The base images are not there: Node and npm are those of this machine, and USER and EXPOSE change nothing.
 */
export async function buildImage(text: string, context: string): Promise<Image> {
  const stages = new Map<string, Stage>()
  const commands = new Map<string, string>()
  let stage: Stage | undefined
  for (const line of text.trimEnd().split('\n')) {
    if (line === '') continue
    const [, instruction = '', rest = ''] = /^(\w+) (.*)$/.exec(line) ?? []
    if (instruction === 'FROM') {
      const name = / AS (\w+)$/.exec(rest)?.[1] ?? `stage${stages.size}`
      const folder = join(context, '..', name)
      await mkdir(folder)
      stage = { terminal: new Terminal(folder), workdir: '/' }
      stages.set(name, stage)
    } else if (stage === undefined) throw new Error(`before the first FROM: ${line}`)
    else if (instruction === 'WORKDIR') stage.workdir = rest
    else if (instruction === 'RUN') await stage.terminal.run(rest)
    else if (instruction === 'ENV') Object.assign(stage.terminal.env, Object.fromEntries([rest.split('=')]))
    else if (instruction === 'COPY') await copy(rest.split(' '), { stage, stages, context })
    else if (instruction === 'CMD') commands.set('command', execForm(rest))
    else if (instruction === 'HEALTHCHECK') commands.set('health', execForm(rest.replace(/^CMD /, '')))
    else if (instruction !== 'USER' && instruction !== 'EXPOSE') throw new Error(`not known here: ${line}`)
  }
  if (stage === undefined) throw new Error('no FROM')
  return { terminal: stage.terminal, command: commands.get('command') ?? '', healthCheck: commands.get('health') ?? '' }
}

interface Build {
  readonly stage: Stage
  readonly stages: ReadonlyMap<string, Stage>
  readonly context: string
}

/** `COPY [--from=stage] source... target`: of a folder its contents. */
async function copy(words: readonly string[], { stage, stages, context }: Build): Promise<void> {
  const from = words.find(word => word.startsWith('--from='))?.slice('--from='.length)
  const paths = words.filter(word => !word.startsWith('--'))
  const target = paths.pop() ?? ''
  const other = from === undefined ? undefined : stages.get(from)
  for (const path of paths) {
    const source =
      other === undefined ? join(context, path) : join(other.terminal.folder, relative(other.workdir, path))
    await cp(source, join(stage.terminal.folder, target.endsWith('/') ? join(target, basename(path)) : target), {
      recursive: true,
    })
  }
}

/** The words of `["node", "main.js"]`, which no shell reads. */
function execForm(list: string): string {
  const words = JSON.parse(list) as string[]
  return `exec ${words.map(word => `'${word}'`).join(' ')}`
}
