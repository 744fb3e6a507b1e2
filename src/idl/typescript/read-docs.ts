import type { CompilerApi, Node } from './compiler-api.js'

/** The comments of a class or an enum of a source. */
export interface Commented {
  /** The name in the source. */
  readonly name: string
  readonly doc: string | undefined
  readonly members: ReadonlyMap<string, string>
}

/** What a TypeScript file says in TSDoc. */
export interface FileDocs {
  readonly classes: readonly (Commented & { readonly wireName: string })[]
  readonly enums: readonly Commented[]
  /** The names of enums in this file, by those that `enumOf` gives them on the wire. */
  readonly enumNames: ReadonlyMap<string, string>
}

/** Reads the comments of a file's classes and enums. Tags, such as `@example`, are left out. */
export function readDocs(api: CompilerApi, path: string, text: string): FileDocs {
  const reader = new DocReader(api)
  reader.visit(api.createSourceFile(path, text, latest, true))
  return reader
}

/** ScriptTarget.Latest. */
const latest = 99

class DocReader implements FileDocs {
  readonly classes: (Commented & { readonly wireName: string })[] = []
  readonly enums: Commented[] = []
  readonly enumNames = new Map<string, string>()

  constructor(private readonly api: CompilerApi) {}

  visit(node: Node): void {
    const { api } = this
    if (api.isClassDeclaration(node) && node.name?.text !== undefined)
      this.classes.push({ ...this.commented(node), wireName: this.wireName(node) ?? node.name.text })
    if (api.isEnumDeclaration(node)) this.enums.push(this.commented(node))
    if (api.isCallExpression(node)) this.call(node)
    api.forEachChild(node, child => this.visit(child))
  }

  private commented(node: Node): Commented {
    const { api } = this
    const members = new Map<string, string>()
    for (const member of node.members ?? []) {
      const isDescribed =
        api.isEnumDeclaration(node) || api.isPropertyDeclaration(member) || api.isMethodDeclaration(member)
      const doc = isDescribed ? this.docOf(member) : undefined
      if (doc !== undefined && member.name?.text !== undefined) members.set(member.name.text, doc)
    }
    return { name: node.name?.text ?? '', doc: this.docOf(node), members }
  }

  /** Of several comments the last, which is the nearest. */
  private docOf(node: Node): string | undefined {
    const comment = this.api.getJSDocCommentsAndTags(node).findLast(one => this.api.isJSDoc(one))
    const text = this.api.getTextOfJSDocComment(comment?.comment)?.replaceAll('\r\n', '\n').replaceAll('*\\/', '*/')
    return text?.trim() || undefined
  }

  /** `hello.Hello` of `@Service('hello.Hello')`, if it is written out. */
  private wireName(node: Node): string | undefined {
    for (const { expression } of this.api.getDecorators(node) ?? []) {
      const name = expression?.expression?.text
      if (name === 'Service' || name === 'Message') return this.literal(expression?.arguments?.[0])
    }
    return undefined
  }

  private call({ expression, arguments: [values, name] = [] }: Node): void {
    const wireName = this.literal(name)
    if (expression?.text !== 'enumOf' || wireName === undefined || values?.text === undefined) return
    this.enumNames.set(wireName, values.text)
  }

  private literal(node: Node | undefined): string | undefined {
    return node !== undefined && this.api.isStringLiteralLike(node) ? node.text : undefined
  }
}
