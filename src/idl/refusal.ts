import { printable } from './printable.js'

/** A construct that cannot be expressed: what it is, where it stands, and why. */
export class Refusal extends Error {
  override readonly name = 'Refusal'

  /** A clause, with what to do instead: one line, since a library may quote a whole file. */
  readonly why: string

  /**
   * @param where `proto/old.proto:3:8`, or a class and member
   * @param construct what it is: `group Result`
   * @param why its line ends are spaces here, and what is behind 400 characters is left out
   */
  constructor(
    readonly where: string,
    readonly construct: string,
    why: string,
  ) {
    const line = oneLine(why)
    super(`${withoutLines(where)}: ${withoutLines(construct)}: ${line}`)
    this.why = line
  }
}

function withoutLines(text: string): string {
  return printable(text.replace(/\n/g, ' '))
}

function oneLine(text: string): string {
  const start = text.length > 400 ? `${text.slice(0, 400)}...` : text
  return printable(start.replace(/\s+/g, ' '))
}

/** A source cannot be read, because the program or the package that reads it is not installed. */
export class MissingTool extends Refusal {}

/** A file that another one imports is in none of the folders in which imports are looked for. */
export class MissingImport extends Refusal {
  /** @param name as the file has it */
  constructor(where: string, name: string, folders: readonly string[]) {
    const why = `is not found. Looked in ${folders.join(', ')}; add -I DIR`
    super(where, `import "${name}"`, `it ${why}`)
    this.message = `${where}: import "${name}" ${why}`
  }
}
